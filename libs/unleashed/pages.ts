/** Walks over the pages of a list. */

import type { CallOptions } from '#http-api';
import type { ListRequest, Page, UnleashedClient } from './client.ts';

/** Pages at most of one walk: ten million records at a thousand a page. */
const MAX_PAGES = 10_000;

/**
 * The pages of a list, one call each. Ends at NumberOfPages of the latest answer, never at an empty page: a page past the end
 * is answered with the last one again (fact U3.4), which is recognised by its number and not given. Records may move between
 * pages while walking, so one may be missed or come twice (U3.8).
 */
export async function* walkPages(
  client: Pick<UnleashedClient, 'list'>,
  request: Omit<ListRequest, 'pageNumber'>,
  options: CallOptions = {},
): AsyncGenerator<Page, void, undefined> {
  for (let pageNumber = 1; pageNumber <= MAX_PAGES; pageNumber += 1) {
    const page = await client.list({ ...request, pageNumber }, options);
    if (page.pageNumber < pageNumber) return;
    yield page;
    if (pageNumber >= page.numberOfPages) return;
  }
}
