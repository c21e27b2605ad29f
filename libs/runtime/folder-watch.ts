/**
 * Tells that something in a folder changed; what changed is for the caller to find out.
 *
 * Node's own watcher of folders is enough for that, and surer here than libraries which watch files, follow links, compare
 * time stamps and thin events out: those missed files renamed into place shortly after one another.
 */
import { type FSWatcher, watch } from 'node:fs';

/** Folders under watch. */
export interface FolderWatch {
  /** Watches these folders too; those that are watched already stay as they are. */
  add(folders: readonly string[]): void;
  /** Stops watching. */
  close(): void;
}

/**
 * @param onEvent called for anything that happens directly inside a folder, often several times for one change
 * @param onError called when a folder cannot be watched (any more); `add` may be called again for it
 */
export function watchFolders(onEvent: () => void, onError: (error: unknown, folder: string) => void): FolderWatch {
  const watchers = new Map<string, FSWatcher>();

  function drop(folder: string): void {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  }

  return {
    add(folders) {
      for (const folder of folders) {
        if (watchers.has(folder)) continue;
        try {
          const watcher = watch(folder, { persistent: false }, (event, name) => {
            // The folder itself was moved or removed: the watcher follows the old one and would be silent from now on.
            if (event === 'rename' && name !== null && folder.endsWith(`/${name}`)) drop(folder);
            onEvent();
          });
          watcher.on('error', (error) => {
            drop(folder);
            onError(error, folder);
          });
          watchers.set(folder, watcher);
        } catch (error) {
          onError(error, folder);
        }
      }
    },
    close() {
      for (const folder of [...watchers.keys()]) drop(folder);
    },
  };
}
