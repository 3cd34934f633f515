/**
 * Watches a connection's figures: pure, one sample in, one judgement out.
 *
 * The other side beats twice a second, so bytes must keep arriving; browsers take tens of seconds to call a
 * silent path dead, this takes the time of a few missed beats.
 */

/** What is read from the browser's report at one moment. */
export interface Sample {
  /** Milliseconds on any clock that only goes forward. */
  readonly at: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly rttMs: number | null;
  readonly framesSent: number;
  readonly width: number;
  readonly height: number;
  /** Lost share of what was sent, 0..1, as the other side reported it; null before a report. */
  readonly lost: number | null;
}

/** How the link is doing now. */
export interface Quality {
  readonly rttMs: number | null;
  readonly kbpsOut: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  /** Nothing has arrived for this long. */
  readonly silentMs: number;
  /** The path carries, but badly: say so calmly. */
  readonly weak: boolean;
}

/** What has to be kept between two samples. */
export interface Watch {
  readonly last: Sample;
  readonly heardAt: number;
  /** Since when the path carries badly, or null. */
  readonly weakSince: number | null;
}

/** Three missed beats: the path is called lost and a new one is looked for. */
export const SILENT_AFTER_MS = 1_700;
const WEAK_RTT_MS = 600;
const WEAK_LOST = 0.1;
/** A start, a flip or a busy moment is not a weak path: it has to last this long to be told. */
const WEAK_AFTER_MS = 2_500;
/** While video is sent, fewer frames than this a second is a slide show. */
const WEAK_FPS = 5;

/** Takes a sample in; returns what to keep and what to think. */
export function observe(watch: Watch | null, sample: Sample): { watch: Watch; quality: Quality } {
  const last = watch?.last ?? sample;
  const heard = watch === null || sample.bytesIn > last.bytesIn;
  const heardAt = heard ? sample.at : watch.heardAt;
  const seconds = Math.max(0.001, (sample.at - last.at) / 1000);
  const fps = Math.max(0, sample.framesSent - last.framesSent) / seconds;
  const kbpsOut = (Math.max(0, sample.bytesOut - last.bytesOut) * 8) / 1000 / seconds;
  const sending = last.framesSent > 0 && sample.framesSent !== last.framesSent;
  const bad =
    (sample.rttMs !== null && sample.rttMs > WEAK_RTT_MS) ||
    (sample.lost !== null && sample.lost > WEAK_LOST) ||
    (sending && fps < WEAK_FPS);
  const weakSince = bad ? (watch?.weakSince ?? sample.at) : null;
  return {
    watch: { last: sample, heardAt, weakSince },
    quality: {
      rttMs: sample.rttMs,
      kbpsOut: Math.round(kbpsOut),
      fps: Math.round(fps),
      width: sample.width,
      height: sample.height,
      silentMs: sample.at - heardAt,
      weak: weakSince !== null && sample.at - weakSince >= WEAK_AFTER_MS,
    },
  };
}

/** Reads a browser's report. Fields that a browser lacks stay zero or null. */
export function sampleOf(report: Iterable<[string, unknown]>, at: number): Sample {
  let bytesIn = 0;
  let bytesOut = 0;
  let rttMs: number | null = null;
  let framesSent = 0;
  let width = 0;
  let height = 0;
  let lost: number | null = null;
  for (const [, entry] of report) {
    const row = entry as Record<string, unknown>;
    switch (row['type']) {
      case 'candidate-pair':
        if (row['nominated'] === true && row['state'] === 'succeeded') {
          bytesIn += numberOr(row['bytesReceived'], 0);
          bytesOut += numberOr(row['bytesSent'], 0);
          const seconds = numberOr(row['currentRoundTripTime'], -1);
          rttMs = seconds < 0 ? rttMs : seconds * 1000;
        }
        break;
      case 'outbound-rtp':
        if (row['kind'] === 'video') {
          framesSent += numberOr(row['framesEncoded'], 0);
          width = Math.max(width, numberOr(row['frameWidth'], 0));
          height = Math.max(height, numberOr(row['frameHeight'], 0));
        }
        break;
      case 'remote-inbound-rtp':
        if (row['kind'] === 'video' && typeof row['fractionLost'] === 'number') {
          lost = row['fractionLost'];
        }
        break;
      default:
        break;
    }
  }
  return { at, bytesIn, bytesOut, rttMs, framesSent, width, height, lost };
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
