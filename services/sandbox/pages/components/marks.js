import { svg } from 'lit';

/** @param {unknown} shapes */
const mark = (shapes) =>
  svg`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor"
    stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${shapes}</svg>`;

/** Small drawings: of the two systems, and of their collections. @type {Record<string, unknown>} */
export const marks = {
  crm: mark(svg`<circle cx="12" cy="8" r="4" /><path d="M4 20c1-5 4-7 8-7s7 2 8 7" />`),
  unleashed: mark(svg`<path d="M5 4v9a7 7 0 0 0 14 0V4M5 9h14" />`),
  companies: mark(svg`<path d="M4 21V5l9-2v18M13 9h7v12M3 21h18M8 8v0M8 12v0M8 16v0M17 13v0M17 17v0" />`),
  contacts: mark(
    svg`<circle cx="9" cy="8" r="3.5" /><path d="M2 20c.6-4 3-6 7-6s6.400 2 7 6M16 5a3.500 3.500 0 0 1 0 6M18 14c2.400.600 3.600 2.600 4 6" />`,
  ),
  addresses: mark(
    svg`<path d="M12 21c-5-5-7-8-7-11a7 7 0 0 1 14 0c0 3-2 6-7 11z" /><circle cx="12" cy="10" r="2.500" />`,
  ),
  users: mark(
    svg`<rect x="4" y="4" width="16" height="16" rx="3" /><circle cx="12" cy="10" r="2.500" /><path d="M8 17c.600-2 2-3 4-3s3.400 1 4 3" />`,
  ),
  salespersons: mark(svg`<path d="M4 19V9M10 19V5M16 19v-7M21 19H3" />`),
};
