/** The session's way as data: no clock, no network. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heartbeat } from '../src/session/heartbeat.ts';
import { callWait, phaseOf, step, type Effect, type Input, type State } from '../src/session/machine.ts';
import { Backoff } from '../src/switchboard/backoff.ts';

class Run {
  state: State = { at: 'idle' };
  effects: readonly Effect[] = [];
  now = 0;
  armed = false;

  give(...inputs: Input[]): this {
    for (const input of inputs) {
      const { at } = this.state;
      ({ state: this.state, effects: this.effects } = step(this.state, input, this.now));
      // As the driver does: a new timer replaces the old one, and another state ends it.
      if (this.does.includes('timer')) this.armed = true;
      else if (this.state.at !== at || input.t === 'timer') this.armed = false;
    }
    return this;
  }

  get phase(): string {
    return phaseOf(this.state);
  }

  get does(): string[] {
    return this.effects.map((effect) => effect.do);
  }
}

describe('machine', () => {
  it('goes from link to link', () => {
    const run = new Run();
    expect(run.give({ t: 'start', as: 'holder' }).does).toEqual(['fetch-record']);
    expect(run.phase).toBe('opening');
    expect(run.give({ t: 'online' }).does).toEqual(['fetch-record']);
    expect(run.give({ t: 'record-opened' }).does).toContain('make-knock');
    expect(run.give({ t: 'told-to-wait' }).phase).toBe('waiting');
    expect(run.give({ t: 'admitted', answered: true }).phase).toBe('admitted');
    expect(run.give({ t: 'proved' }).phase).toBe('linked');
  });

  it('repeats a knock without an answer, and then counts the expert away', () => {
    const run = new Run().give({ t: 'start', as: 'knocked' });
    for (run.now = 3000; run.now < 15_000; run.now += 3000) {
      expect(run.give({ t: 'timer' }).does).toContain('send-knock');
      expect(run.phase).toBe('knocking');
    }
    expect(run.give({ t: 'timer' }).phase).toBe('away');
    expect(run.does).toContain('send-knock');
    expect(run.give({ t: 'told-to-wait' }).phase).toBe('waiting');
    expect(run.give({ t: 'knock-unheard' }).phase).toBe('away');
  });

  it('drops a stale offer and calls', () => {
    const run = new Run().give(
      { t: 'start', as: 'knocked' },
      { t: 'told-to-wait' },
      { t: 'admitted', answered: false },
    );
    expect(run.does).toEqual(['drop-attempt', 'make-call', 'timer']);
    expect(run.give({ t: 'welcomed-back', answered: true }).phase).toBe('admitted');
  });

  it('a gap that heals costs nothing; one that does not is called beside', () => {
    const run = new Run().give(
      { t: 'start', as: 'member' },
      { t: 'welcomed-back', answered: true },
      { t: 'proved' },
    );
    expect(run.give({ t: 'fell-silent' }).phase).toBe('reconnecting');
    expect(run.give({ t: 'heard-again' }).phase).toBe('linked');
    run.give({ t: 'fell-silent' }, { t: 'timer' });
    expect(run.does).toEqual(['make-call', 'timer']);
    expect(run.give({ t: 'heard-again' }).does).toEqual(['drop-attempt']);
    expect(run.phase).toBe('linked');
  });

  it('gives up being behind after a few rounds', () => {
    const run = new Run().give({ t: 'start', as: 'member' });
    for (let i = 0; i < 4; i++) expect(run.give({ t: 'behind' }).does).toContain('make-call');
    expect(run.give({ t: 'behind' }).does).not.toContain('make-call');
  });

  it('a late answer to the knock changes nothing for a member', () => {
    const run = new Run().give({ t: 'start', as: 'member' });
    const before = run.state;
    run.give({ t: 'admitted', answered: true }, { t: 'knock-unheard' }, { t: 'told-to-wait' });
    expect(run.state).toEqual(before);
  });

  it('waits between calls longer and longer, to a bound', () => {
    expect([0, 1, 2, 3, 4, 50].map(callWait)).toEqual([400, 800, 1600, 3200, 5000, 5000]);
  });

  it('never leaves the end, whatever comes', () => {
    const inputs = fc.constantFrom<Input>(
      { t: 'online' },
      { t: 'record-opened' },
      { t: 'record-failed', error: 'link-unknown' },
      { t: 'knock-unheard' },
      { t: 'call-delivered' },
      { t: 'call-unheard' },
      { t: 'told-to-wait' },
      { t: 'refused', error: 'knock-refused', passing: false },
      { t: 'admitted', answered: true },
      { t: 'admitted', answered: false },
      { t: 'behind' },
      { t: 'welcomed-back', answered: true },
      { t: 'proved' },
      { t: 'attempt-failed' },
      { t: 'fell-silent' },
      { t: 'heard-again' },
      { t: 'link-lost' },
      { t: 'timer' },
      { t: 'retry' },
    );
    const start = fc.constantFrom<Input>(
      { t: 'start', as: 'holder' },
      { t: 'start', as: 'knocked' },
      { t: 'start', as: 'member' },
    );
    fc.assert(
      fc.property(start, fc.array(inputs), fc.array(inputs), (first, before, after) => {
        const run = new Run().give(first, ...before);
        // Every state that waits for something has a way on: a timer, a link, or a person.
        const waits = ['knocking', 'waiting', 'calling', 'connecting', 'silent'].includes(run.state.at);
        expect(run.armed).toBe(waits);
        run.give({ t: 'session-over', error: 'removed' }, ...after);
        expect(run.phase).toBe('ended');
      }),
    );
  });
});

describe('heartbeat', () => {
  it('tells silence within two seconds and forgives a sleep', () => {
    const heart = new Heartbeat(0, 30_000);
    for (let now = 100; now < 1700; now += 100) expect(heart.life(now)).toBe('alive');
    expect(heart.life(1700)).toBe('silent');
    heart.heard(1750);
    expect(heart.life(1800)).toBe('alive');
    // The device slept for a minute: nobody was silent.
    expect(heart.life(61_800)).toBe('alive');
    for (let now = 61_900; now < 91_000; now += 100) heart.life(now);
    expect(heart.life(92_000)).toBe('dead');
  });

  it('measures the round trip by echoes', () => {
    const heart = new Heartbeat(0, 30_000);
    const { n } = heart.tick(0);
    heart.beat(1, n, 40);
    expect(heart.rttMs).toBe(40);
    expect(heart.tick(500).echo).toBe(1);
    expect(heart.tick(1000).echo).toBeNull();
    heart.beat(2, 999, 1100);
    expect(heart.rttMs).toBe(40);
  });
});

describe('backoff', () => {
  it('doubles to its bound and starts anew', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1000 }, () => 1);
    expect([1, 2, 3, 4, 5, 6].map(() => backoff.next())).toEqual([100, 200, 400, 800, 1000, 1000]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });
});

describe('a link proved before its answer was dealt with', () => {
  it.each(['knocking', 'waiting', 'calling', 'connecting'] as const)('counts from %s', (at) => {
    const rest = { since: 0, attempt: 0, behind: 0, was: false, nobody: false };
    const proved = step({ at, ...rest }, { t: 'proved' }, 0);
    expect(proved.state).toEqual({ at: 'linked' });
    // The answer that comes to its end afterwards changes nothing.
    expect(step(proved.state, { t: 'admitted', answered: true }, 0)).toEqual({
      state: proved.state,
      effects: [],
    });
    expect(step(proved.state, { t: 'welcomed-back', answered: true }, 0)).toEqual({
      state: proved.state,
      effects: [],
    });
  });
});
