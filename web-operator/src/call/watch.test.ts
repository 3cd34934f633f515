import { describe, expect, it } from 'vitest';
import { observe, sampleOf, SILENT_AFTER_MS, type Sample } from './watch';

const START: Sample = {
  at: 0,
  bytesIn: 100,
  bytesOut: 0,
  rttMs: 20,
  framesSent: 0,
  width: 0,
  height: 0,
  lost: null,
};

describe('watching a connection', () => {
  it('measures between samples', () => {
    const first = observe(null, START);
    const { quality } = observe(first.watch, {
      ...START,
      at: 1000,
      bytesIn: 200,
      bytesOut: 125_000,
      framesSent: 30,
    });
    expect(quality).toMatchObject({ kbpsOut: 1000, fps: 30, silentMs: 0, weak: false });
  });

  it('notices silence after a few missed beats, and its end', () => {
    let seen = observe(null, START);
    for (let at = 500; at <= 2000; at += 500) {
      seen = observe(seen.watch, { ...START, at });
    }
    expect(seen.quality.silentMs).toBeGreaterThan(SILENT_AFTER_MS);
    seen = observe(seen.watch, { ...START, at: 2500, bytesIn: 101 });
    expect(seen.quality.silentMs).toBe(0);
  });

  it.each([{ rttMs: 800 }, { lost: 0.3 }, { slow: true }])(
    'calls %j weak once it lasts',
    ({ slow, ...change }) => {
      let seen = observe(null, { ...START, framesSent: 1 });
      const weak: boolean[] = [];
      for (let step = 1; step <= 4; step += 1) {
        const framesSent = 1 + step * (slow === true ? 2 : 30);
        seen = observe(seen.watch, { ...START, at: step * 1000, framesSent, ...change });
        weak.push(seen.quality.weak);
      }
      expect(weak).toEqual([false, false, false, true]);
      seen = observe(seen.watch, { ...START, at: 5000, framesSent: 200 });
      expect(seen.quality.weak).toBe(false);
    },
  );

  it('reads only the pair in use', () => {
    const report = new Map<string, unknown>([
      ['a', { type: 'candidate-pair', nominated: false, state: 'succeeded', bytesReceived: 9 }],
      [
        'b',
        {
          type: 'candidate-pair',
          nominated: true,
          state: 'succeeded',
          bytesReceived: 5,
          bytesSent: 6,
          currentRoundTripTime: 0.05,
        },
      ],
      ['c', { type: 'outbound-rtp', kind: 'video', framesEncoded: 7, frameWidth: 1280, frameHeight: 720 }],
      ['d', { type: 'remote-inbound-rtp', kind: 'video', fractionLost: 0.25 }],
      ['e', { type: 'outbound-rtp', kind: 'audio', framesEncoded: 'no' }],
    ]);
    expect(sampleOf(report, 1)).toEqual({
      at: 1,
      bytesIn: 5,
      bytesOut: 6,
      rttMs: 50,
      framesSent: 7,
      width: 1280,
      height: 720,
      lost: 0.25,
    });
  });
});
