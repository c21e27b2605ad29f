/** The lines of a chart. Loaded when a page shows one: nobody waits for it before anything is to be seen. */
import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import { type Chart, minutesText } from '../lib/trends.ts';

/** A chart spans this much at least, seconds: two moments are not spread over the whole of it. */
const SPAN_MIN_S = 3_600;
/** Distances of the lines of the grid: whole things have no halves. */
const STEPS = Array.from({ length: 10 }, (_, zeros) => [1, 2, 5].map((one) => one * 10 ** zeros)).flat();
/** Beside the axis there is room for 10M, not for 10,000,000. */
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const TEXT = '12px system-ui, sans-serif';

/** Draws the lines. What they say is beside it in words and in a table: it is hidden from screen readers. */
export default function LinePlot({ chart, height }: { readonly chart: Chart /** Pixels. */; readonly height: number }) {
  const ref = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    const place = ref.current;
    if (place === null) return;
    const color = (name: string): string =>
      getComputedStyle(document.documentElement).getPropertyValue(`--mantine-color-${name}`).trim();
    const axis = { stroke: color('dimmed'), font: TEXT, grid: { stroke: color('default-border'), width: 1 } };
    const shade = scheme === 'dark' ? 4 : 8;
    const plot = new UPlot(
      {
        ...{ width: place.clientWidth, height, cursor: { show: false }, legend: { show: false } },
        scales: {
          x: { range: (_plot, from, to) => [Math.min(from, to - SPAN_MIN_S), to] },
          // From nothing, with some room above: a flat line lies within the chart.
          y: { range: (_plot, _from, to) => [0, Math.max(to * 1.1, 1)] },
        },
        axes: [
          {
            ...axis,
            size: 28,
            ticks: { show: false },
            values: (_plot, seconds) => seconds.map((second) => timeText(second, chart)),
          },
          {
            ...{ ...axis, size: 64, ticks: { show: false } },
            incrs: STEPS,
            values: (_plot, values) => values.map((value) => valueText(value, chart.unit)),
          },
        ],
        series: [
          {},
          ...chart.lines.map(({ label, color: name, dashed = false }) => ({
            ...{ label, stroke: color(`${name}-${shade}`), width: 2, spanGaps: true },
            ...(dashed ? { dash: [6, 4] } : {}),
          })),
        ],
      },
      [[...chart.seconds], ...chart.lines.map(({ values }) => [...values])],
      place,
    );
    const resized = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height }));
    resized.observe(place);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [chart, height, scheme]);
  return <div ref={ref} aria-hidden="true" style={{ height, overflow: 'hidden' }} />;
}

/** A value as it is written. */
function valueText(value: number, unit: Chart['unit']): string {
  return unit === 'minutes' ? minutesText(value) : SHORT.format(value);
}

/** The time of a day, or the day where the chart spans several. */
function timeText(second: number, { seconds }: Chart): string {
  const moment = new Date(second * 1_000);
  const isLong = (seconds.at(-1) ?? 0) - (seconds[0] ?? 0) > 2 * 86_400;
  return isLong
    ? moment.toLocaleDateString('en', { day: 'numeric', month: 'short' })
    : moment.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}
