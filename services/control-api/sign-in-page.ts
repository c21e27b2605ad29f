/** The page of a sign-in that did not end well: static words, no script. */
import { createHash } from 'node:crypto';

/** Looks as the sign-in page of the console does, by light and by night. */
const STYLE = [
  ':root{color-scheme:light dark;--back:#fff;--text:#000;--line:#dee2e6}',
  '@media(prefers-color-scheme:dark){:root{--back:#242424;--text:#c9c9c9;--line:#424242}}',
  'html{background:var(--back);color:var(--text)}',
  'body{font:14px/1.5 system-ui,sans-serif;min-height:100vh;margin:0;display:grid;place-items:center}',
  'main{box-sizing:border-box;width:420px;max-width:calc(100% - 2rem);padding:2rem}',
  'main{border:1px solid var(--line);border-radius:8px}',
  'h1{font-size:1.4rem;margin:0}p{margin:1rem 0;overflow-wrap:anywhere}',
  'a{display:block;padding:.5rem;border-radius:8px;background:#0b7285;color:#fff}',
  'a{text-align:center;text-decoration:none;font-weight:600}',
  'a:focus-visible{outline:2px solid #0b7285;outline-offset:2px}',
].join('');

/** What that page may do: show its own style. */
export const SIGN_IN_PAGE_POLICY = {
  defaultSrc: [`'none'`],
  styleSrc: [`'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`],
  baseUri: [`'none'`],
  formAction: [`'none'`],
  frameAncestors: [`'none'`],
};

/** The page; both texts are shown as text. */
export function signInPage(message: string, hint: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not signed in · Two-way sync</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Not signed in</h1>
<p>${escaped(message)}</p>
<p>${escaped(hint)}</p>
<a href="/">To the sign-in page</a>
</main>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => ENTITIES[one]!);
}
