import { describe, expect, it, vi } from 'vitest';
import { Gate } from './gate';

describe('code that comes later', () => {
  it('is told in order what happened before it was there', async () => {
    const told: number[] = [];
    const gate = new Gate(() => Promise.resolve(told));
    gate.tell((it) => it.push(1));
    gate.tell((it) => it.push(2));
    expect(gate.here).toBeNull();
    await vi.waitFor(() => expect(gate.here).toBe(told));
    gate.tell((it) => it.push(3));
    expect(told).toEqual([1, 2, 3]);
  });

  it('is fetched again when the network was lost', async () => {
    vi.useFakeTimers();
    const load = vi.fn(() => Promise.resolve('code'));
    load.mockRejectedValueOnce(new Error('offline'));
    const gate = new Gate(load);
    const told = vi.fn();
    gate.tell(told);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toHaveBeenCalledWith('code');
    vi.useRealTimers();
  });

  it('is told nothing once the session is over', async () => {
    const told = vi.fn();
    const gate = new Gate(() => Promise.resolve('code'));
    gate.tell(told);
    gate.stop();
    gate.tell(told);
    await Promise.resolve();
    await Promise.resolve();
    expect([told.mock.calls.length, gate.here]).toEqual([0, null]);
  });

  it('is ended with the session, also when it comes after its end', async () => {
    const ended = vi.fn();
    const gate = new Gate(() => Promise.resolve('here'), ended);
    await vi.waitFor(() => expect(gate.here).toBe('here'));
    gate.stop();
    expect([ended.mock.calls, gate.here]).toEqual([[['here']], null]);

    let come: (it: string) => void = () => undefined;
    const late = new Gate(() => new Promise<string>((resolve) => (come = resolve)), ended);
    late.stop();
    come('late');
    await vi.waitFor(() => expect(ended).toHaveBeenLastCalledWith('late'));
    expect(late.here).toBeNull();
  });

  it('is not fetched for a session that is over', async () => {
    vi.useFakeTimers();
    const load = vi.fn(() => Promise.reject<string>(new Error('offline')));
    const gate = new Gate(load);
    await vi.advanceTimersByTimeAsync(1_000);
    gate.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(load).toHaveBeenCalledOnce();
    vi.useRealTimers();
  });
});
