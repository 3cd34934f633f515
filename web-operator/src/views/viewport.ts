/**
 * Keeps `--app-height` at what the keyboard leaves of the window. Chromium resizes the page by itself
 * (`interactive-widget`), Safari only tells the visual viewport.
 */
export function followViewport(window: Window): void {
  const viewport = window.visualViewport;
  if (viewport === null) {
    return;
  }
  const root = window.document.documentElement;
  const follow = (): void => {
    // Pinch zoom changes the visual viewport too, and must not squeeze the page.
    if (viewport.scale > 1.01) {
      return;
    }
    root.style.setProperty('--app-height', `${Math.round(viewport.height)}px`);
    if (viewport.offsetTop > 0) {
      window.scrollTo(0, 0);
    }
  };
  viewport.addEventListener('resize', follow);
  viewport.addEventListener('scroll', follow);
  follow();
}
