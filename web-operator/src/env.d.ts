/** Modules that only the build knows: compiled messages and single icons. */

declare module '*.ftl' {
  import type { Message } from './i18n/resolve';
  const messages: Readonly<Record<string, Message>>;
  export default messages;
}

declare module 'icon:*' {
  import type { IconShape } from './views/icon';
  const shapes: readonly IconShape[];
  export default shapes;
}
