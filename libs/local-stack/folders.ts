import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the local stack keeps its things unless told otherwise. */
export interface LocalFolders {
  /** Everything local: `TWOWAY_HOME`, else `.twoway` in the checkout (ignored by git). */
  home: string;
  /** Data of the servers that `npm start` and `npm run stack` use. */
  dataDir: string;
  /** Downloaded servers, shared by all stacks. */
  downloadDir: string;
  /** What Node has compiled, so that the next process starts in half the time; may be deleted at any time. */
  compileCacheDir: string;
}

/** The usual folders. Creates nothing. */
export function localFolders(env: NodeJS.ProcessEnv = process.env): LocalFolders {
  const checkout = fileURLToPath(new URL('../../', import.meta.url));
  const given = env.TWOWAY_HOME;
  const home = given === undefined || given === '' ? join(checkout, '.twoway') : resolve(given);
  return {
    home,
    dataDir: join(home, 'stack'),
    downloadDir: join(home, 'downloads'),
    compileCacheDir: join(home, 'compiled'),
  };
}
