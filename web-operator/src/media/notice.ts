/** A short tone and a short vibration for something that must be noticed with the phone at arm's length. */

const TONE_HZ = 880;
const TONE_SECONDS = 0.14;
const VOLUME = 0.08;

/** One per page. Silent until the person has tapped once: browsers allow no sound before. */
export class Notice {
  #audio: AudioContext | null = null;

  /** Call inside a tap, so that later tones are allowed. */
  unlock(): void {
    try {
      this.#audio ??= new AudioContext();
      void this.#audio.resume().catch(() => undefined);
    } catch {
      this.#audio = null;
    }
  }

  /** Rings once and vibrates once, where the device can. */
  ring(): void {
    if (typeof navigator.vibrate === 'function') {
      navigator.vibrate(120);
    }
    const audio = this.#audio;
    if (audio?.state !== 'running') {
      return;
    }
    const tone = audio.createOscillator();
    const level = audio.createGain();
    const now = audio.currentTime;
    tone.frequency.setValueAtTime(TONE_HZ, now);
    level.gain.setValueAtTime(0, now);
    level.gain.linearRampToValueAtTime(VOLUME, now + 0.02);
    level.gain.linearRampToValueAtTime(0, now + TONE_SECONDS);
    tone.connect(level).connect(audio.destination);
    tone.start(now);
    tone.stop(now + TONE_SECONDS);
  }
}
