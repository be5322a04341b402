import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { headersFile, metaPolicy } from './security-headers.ts';

const CHARSET = /<meta charset="utf-8"\s*\/?>/i;
const LOADS_SOMETHING = /<(?:script|link|img|style)\b/i;
const LOCAL_SCRIPT_OR_STYLE = /<(?:script|link)\b[^>]*?(?:src|href)="\.\/([^"]+\.(?:js|css))"[^>]*>/g;

/** The policy goes right behind the charset, which must stand in the first kilobyte, and before anything that loads. */
function insertPolicy(html: string, policy: string): string {
  const charset = CHARSET.exec(html);
  if (!charset) throw new Error('The page must begin its head with <meta charset="utf-8">.');
  const end = charset.index + charset[0].length;
  if (LOADS_SOMETHING.test(html.slice(0, end))) throw new Error('The page loads something before its policy.');
  return `${html.slice(0, end)}\n    <meta http-equiv="Content-Security-Policy" content="${policy}">${html.slice(end)}`;
}

/** Adds a checksum to every script and style of the page, so that an altered file is not run. */
function addIntegrity(html: string, outDir: string): string {
  return html.replace(LOCAL_SCRIPT_OR_STYLE, (tag, file: string) => {
    const checksum = createHash('sha384')
      .update(readFileSync(join(outDir, file)))
      .digest('base64');
    return tag.replace(/\s*\/?>$/, ` integrity="sha384-${checksum}">`);
  });
}

/** Puts the security policy into what is shipped: a `<meta>` in each page, and `_headers` for hosts that read it. */
export function shippedPolicy(extraHosts: readonly string[]): Plugin {
  return {
    name: 'depthwire:shipped-policy',
    apply: 'build',
    transformIndexHtml: { order: 'post', handler: (html) => insertPolicy(html, metaPolicy(extraHosts)) },
    writeBundle(options, bundle) {
      const outDir = options.dir;
      if (outDir === undefined) return;
      writeFileSync(join(outDir, '_headers'), headersFile(extraHosts));
      for (const name of Object.keys(bundle).filter((file) => file.endsWith('.html'))) {
        const page = join(outDir, name);
        writeFileSync(page, addIntegrity(readFileSync(page, 'utf8'), outDir));
      }
    },
  };
}
