/** The end of a list that goes on. */
import { Button, Center } from '@mantine/core';

/** A button for the next page; nothing at the end of the list. */
export function More({
  list,
}: {
  readonly list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}) {
  if (!list.hasNextPage) return null;
  return (
    <Center>
      <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        Show more
      </Button>
    </Center>
  );
}
