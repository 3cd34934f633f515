/** Style sheets of the parts that come later, by their addresses. */

const wanted = new Map<string, Promise<void>>();

/** Resolves when the sheet is in use, so that nothing is drawn without it. */
export function loadStyle(address: string): Promise<void> {
  let loading = wanted.get(address);
  if (loading === undefined) {
    loading = new Promise((done, failed) => {
      const link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = address;
      link.onload = () => done();
      link.onerror = () => {
        link.remove();
        wanted.delete(address);
        failed(new Error(`no style at ${address}`));
      };
      document.head.append(link);
    });
    wanted.set(address, loading);
  }
  return loading;
}
