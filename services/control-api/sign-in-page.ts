/** The page of a sign-in that did not end well: static words, no script. */
import { createHash } from 'node:crypto';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}:root{color-scheme:light dark}';

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
<p><a href="/">To the sign-in page</a></p>
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
