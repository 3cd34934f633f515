// @vitest-environment happy-dom
/** Views whose code comes late. */
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lazy } from './lazy';

const host = document.body.appendChild(document.createElement('div'));
afterEach(() => {
  render(null, host);
  vi.useRealTimers();
});

describe('a late view', () => {
  it('is drawn though its code came between drawing and looking', async () => {
    const View = lazy(() => Promise.resolve(() => <p>here</p>));
    let drawn = false;
    // Drawn for the first time without code; it comes before the effects run.
    function Around() {
      drawn = true;
      return <View />;
    }
    await act(async () => {
      render(<Around />, host);
      expect(drawn).toBe(true);
      expect(host.textContent).toBe('');
      await View.preload();
    });
    await act(() => Promise.resolve());
    expect(host.textContent).toBe('here');
  });

  it('is asked for again where its code could not be fetched', async () => {
    vi.useFakeTimers();
    let failures = 2;
    const View = lazy(() =>
      failures-- > 0 ? Promise.reject(new Error('offline')) : Promise.resolve(() => <p>here</p>),
    );
    await act(async () => {
      render(<View />, host);
      await vi.advanceTimersByTimeAsync(0);
    });
    expect(host.textContent).toBe('');
    await act(async () => {
      await vi.advanceTimersByTimeAsync(10_000);
    });
    expect(host.textContent).toBe('here');
  });
});
