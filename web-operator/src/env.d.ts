/** Modules that only the build knows: compiled messages and single icons. */

declare module '*.ftl' {
  const messages: Readonly<Record<string, import('./i18n/resolve').Message>>;
  export default messages;
}

declare module 'icon:*' {
  const shapes: readonly import('./views/icon').IconShape[];
  export default shapes;
}
