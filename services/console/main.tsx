/** The console: where it begins. */
import '@mantine/core/styles.css';
import { Alert, Badge, type CSSVariablesResolver, createTheme, darken, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { ApiError } from './lib/api.ts';
import { App } from './pages/app.tsx';

const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: 9,
  defaultRadius: 'md',
  cursorType: 'pointer',
  // Who wants no motion gets none.
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  // The colour is that of the badge or the notice; its words are read on all of them.
  components: {
    Alert: Alert.extend({ styles: { label: { color: 'var(--mantine-color-bright)' } } }),
    Badge: Badge.extend({ styles: { label: { color: 'var(--mantine-color-bright)' } } }),
  },
});

/**
 * Text that can be read (WCAG AA, 4.5 : 1): the library's own quiet one is too faint on cards, and so are the words of a button on
 * which the mouse rests, since its darkest shade gets lighter there.
 */
const readable: CSSVariablesResolver = ({ colors: { gray, dark, cyan } }) => {
  const hover = { '--mantine-color-cyan-filled-hover': darken(cyan[9], 0.15) };
  return {
    variables: {},
    light: { '--mantine-color-dimmed': gray[7], ...hover },
    dark: { '--mantine-color-dimmed': dark[1], ...hover },
  };
};

/** What the API refuses it refuses again; only silence and its own trouble are worth another try. */
const shouldRetry = (count: number, error: Error): boolean =>
  count < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500);

// Always: a browser that is offline is told so, instead of looking at old answers without a word.
const queries = new QueryClient({
  defaultOptions: { queries: { retry: shouldRetry, staleTime: 1_000, networkMode: 'always' } },
});

createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} cssVariablesResolver={readable} defaultColorScheme="auto">
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </MantineProvider>,
);
