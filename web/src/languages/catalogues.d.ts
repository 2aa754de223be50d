/** Made by message-catalogues.ts when the page is built. */
declare module 'virtual:messages/*' {
  const messages: Readonly<Record<string, import('icu-minify/format').CompiledMessage>>;
  export default messages;
}
