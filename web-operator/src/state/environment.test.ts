import { describe, expect, it } from 'vitest';
import { environmentOf, inAppBrowser, platformOf, realBrowserAddress } from './environment';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const SAFARI = `${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`;
const ANDROID = 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)';
const CHROME = `${ANDROID} Chrome/131.0.0.0 Mobile Safari/537.36`;
const ALL = {
  peerConnection: true,
  subtleCrypto: true,
  indexedDb: true,
  webAssembly: true,
  locks: true,
  secure: true,
};

describe('other apps with a browser inside', () => {
  it.each([
    [`${IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/490.0]`, 'Facebook', 'ios'],
    [`${IPHONE} Mobile/15E148 Instagram 300.0`, 'Instagram', 'ios'],
    [`${ANDROID} Version/4.0 Chrome/131.0 Mobile Safari/537.36 Line/14.0`, 'LINE', 'android'],
    ['Mozilla/5.0 (Linux; Android 14; SM; wv) AppleWebKit/537.36 Chrome/120 Mobile', '', 'android'],
    [`${ANDROID} Chrome/131 MicroMessenger/8.0`, 'WeChat', 'android'],
  ])('%s', (agent, app, system) => {
    expect(inAppBrowser(agent)).toEqual({ app, system });
  });

  it.each([SAFARI, CHROME, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'])(
    'leaves %s alone',
    (agent) => {
      expect(inAppBrowser(agent)).toBeNull();
    },
  );

  it('leads to the real browser with the secret part of the link', () => {
    const link = 'https://help.example/#AbCdEf';
    expect(realBrowserAddress(link, 'ios')).toBe('x-safari-https://help.example/#AbCdEf');
    expect(realBrowserAddress(link, 'android')).toMatch(
      /^intent:\/\/help\.example\/#AbCdEf#Intent;scheme=https;/,
    );
    expect(realBrowserAddress(link, 'other')).toBeNull();
    expect(realBrowserAddress('http://localhost/#x', 'ios')).toBeNull();
  });
});

describe('whose settings allow the camera', () => {
  it.each([
    [SAFARI, 5, 'ios'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18 Safari/605', 5, 'ios'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18 Safari/605', 0, 'mac-safari'],
    [CHROME, 5, 'android-chrome'],
    [`${ANDROID} SamsungBrowser/27 Chrome/125 Mobile Safari/537.36`, 5, 'android-samsung'],
    ['Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 5, 'android-firefox'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 0, 'firefox'],
    ['Mozilla/5.0 (Windows NT 10.0) Chrome/131 Safari/537.36 Edg/131', 0, 'chromium'],
  ])('%s', (agent, touch, platform) => {
    expect(platformOf(agent, touch)).toBe(platform);
  });
});

it('calls a browser too old only where the address is safe', () => {
  expect(environmentOf(CHROME, 5, ALL).tooOld).toBe(false);
  expect(environmentOf(CHROME, 5, { ...ALL, locks: false }).tooOld).toBe(true);
  expect(environmentOf(CHROME, 5, { ...ALL, subtleCrypto: false, secure: false }).tooOld).toBe(false);
});
