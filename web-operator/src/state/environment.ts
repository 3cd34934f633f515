/** What kind of browser this is: pure, from the user agent and a list of what exists. */

/** Whose settings have to be opened to allow the camera. */
export type Platform =
  'ios' | 'android-chrome' | 'android-firefox' | 'android-samsung' | 'mac-safari' | 'firefox' | 'chromium';

export interface InApp {
  /** The app's name as people know it, or empty. */
  readonly app: string;
  readonly system: 'ios' | 'android' | 'other';
}

export interface Environment {
  readonly platform: Platform;
  /** Set when the page runs inside another app's built-in browser. */
  readonly inApp: InApp | null;
  /** Something the page cannot do without is missing. */
  readonly tooOld: boolean;
}

/** The features the page cannot do without, as asked at start. */
export interface Abilities {
  readonly peerConnection: boolean;
  readonly subtleCrypto: boolean;
  readonly indexedDb: boolean;
  readonly webAssembly: boolean;
  readonly locks: boolean;
  readonly secure: boolean;
}

const IN_APP: readonly (readonly [RegExp, string])[] = [
  [/FBAN|FBAV|FB_IAB|FBIOS/, 'Facebook'],
  [/Instagram/, 'Instagram'],
  [/\bLine\//, 'LINE'],
  [/MicroMessenger/, 'WeChat'],
  [/Twitter(Android| for)/, 'X'],
  [/LinkedInApp/, 'LinkedIn'],
  [/Snapchat/, 'Snapchat'],
  [/Pinterest\//, 'Pinterest'],
  [/musical_ly|BytedanceWebview|TikTok/i, 'TikTok'],
  [/Slack(_SSB)?\//, 'Slack'],
  [/\bTeams\//, 'Teams'],
  [/\bGSA\//, 'Google'],
  // Any other app on Android says only that it is a web view.
  [/; wv\)/, ''],
];

/** The built-in browser of another app, or null for a browser of its own. */
export function inAppBrowser(userAgent: string): InApp | null {
  for (const [pattern, app] of IN_APP) {
    if (pattern.test(userAgent)) {
      return { app, system: systemOf(userAgent) };
    }
  }
  return null;
}

function systemOf(userAgent: string): InApp['system'] {
  if (/iPhone|iPad|iPod/.test(userAgent)) {
    return 'ios';
  }
  return userAgent.includes('Android') ? 'android' : 'other';
}

/** Which settings the person has to open. iPads call themselves Macs and are known by their touch points. */
export function platformOf(userAgent: string, touchPoints: number): Platform {
  if (/iPhone|iPad|iPod/.test(userAgent) || (userAgent.includes('Macintosh') && touchPoints > 1)) {
    return 'ios';
  }
  if (userAgent.includes('Android')) {
    if (userAgent.includes('SamsungBrowser')) {
      return 'android-samsung';
    }
    return userAgent.includes('Firefox') ? 'android-firefox' : 'android-chrome';
  }
  if (userAgent.includes('Firefox')) {
    return 'firefox';
  }
  return userAgent.includes('Safari') && !/Chrom(e|ium)/.test(userAgent) ? 'mac-safari' : 'chromium';
}

/** Puts it together. */
export function environmentOf(userAgent: string, touchPoints: number, abilities: Abilities): Environment {
  const { peerConnection, subtleCrypto, indexedDb, webAssembly, locks, secure } = abilities;
  return {
    platform: platformOf(userAgent, touchPoints),
    inApp: inAppBrowser(userAgent),
    // Without https browsers hide half of these: that is the address's fault, not the browser's.
    tooOld: secure && !(peerConnection && subtleCrypto && indexedDb && webAssembly && locks),
  };
}

/** An address that opens `link` in the phone's real browser, or null where only copying works. */
export function realBrowserAddress(link: string, system: InApp['system']): string | null {
  const bare = link.replace(/^https:\/\//, '');
  if (bare === link) {
    return null;
  }
  switch (system) {
    case 'android':
      return `intent://${bare}#Intent;scheme=https;action=android.intent.action.VIEW;end`;
    case 'ios':
      return `x-safari-https://${bare}`;
    case 'other':
      return null;
  }
}
