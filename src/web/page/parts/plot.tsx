import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { AlignedData, Options, default as UPlot } from 'uplot';
import { language, t } from '../lib/texts.ts';
import { theme } from '../lib/theme.ts';
import { Table } from './table.tsx';
import './plot.css';

export interface Series {
  readonly label: string;
  readonly values: readonly number[];
}

interface PlotProps {
  /** What it shows; the heading above says it too. */
  label: string;
  /** Of the first column of the table. */
  axis: string;
  /** One for each value, in full. */
  moments: readonly string[];
  /** What stands at the axis below the value of that position; '' for nothing. */
  tick: (index: number) => string;
  /** One or two. The first is drawn full, the second as an outline, so that they differ without colours too. */
  series: readonly Series[];
  format: (value: number) => string;
  /** The scale reaches at least so far, also while there is nothing. */
  least: number;
}

const HEIGHT = 200;
/** Steps of the scale: 1, 2, 5, 10 … 10^15. */
const STEPS = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

/** Bars over time, with the same as a table for those who do not see them. Its room is there before it is drawn. */
export function Plot(props: PlotProps) {
  const { label, axis, moments, series, format } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const data = useMemo(() => dataOf(series), [series]);
  const latestData = useRef(data);
  latestData.current = data;

  useEffect(() => {
    const element = place.current!;
    let gone = false;
    void import('./plot-drawing.ts').then(({ uPlot, optionsOf }) => {
      if (gone) return;
      const options: Options = optionsOf({
        ...sizeOf(element),
        steps: STEPS,
        props: () => latest.current,
        onCursor: setAt,
      });
      plot.current = new uPlot(options, latestData.current, element);
    });
    const watcher = new ResizeObserver(() => plot.current?.setSize(sizeOf(element)));
    watcher.observe(element);
    return () => {
      gone = true;
      watcher.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [theme.value, useDark(), language.value]);
  useEffect(() => plot.current?.setData(data), [data]);

  const shown = at ?? moments.length - 1;
  return (
    <figure class="plot">
      <div ref={place} class="plot-field" aria-hidden="true" />
      <figcaption class="plot-legend" aria-hidden="true">
        <span>{moments[shown]}</span>
        {series.map(({ label: name, values }, index) => (
          <span key={name} class={index === 0 ? 'first' : 'second'}>
            {name}: {format(values[shown] ?? 0)}
          </span>
        ))}
      </figcaption>
      <details>
        <summary>{t('common.as-table')}</summary>
        <Table
          caption={label}
          head={[axis, ...series.map(({ label: name }) => ({ label: name, figures: true }))]}
          rows={moments.map((moment, index) => ({
            key: moment,
            cells: [moment, ...series.map(({ values }) => format(values[index] ?? 0))],
          }))}
        />
      </details>
    </figure>
  );
}

export type { PlotProps };

const sizeOf = (element: HTMLElement) => ({ width: element.clientWidth, height: HEIGHT });

/** Nothing is no bar; a bar without height would still have its outline. */
function dataOf(series: readonly Series[]): AlignedData {
  const length = Math.max(0, ...series.map(({ values }) => values.length));
  return [
    Array.from({ length }, (_, index) => index),
    ...series.map(({ values }) => values.map((value) => (value === 0 ? null : value))),
  ];
}

/** Whether the device is dark just now; colours on a canvas do not follow by themselves. */
function useDark(): boolean {
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const media = matchMedia('(prefers-color-scheme: dark)');
    const listen = () => setDark(media.matches);
    media.addEventListener('change', listen);
    return () => media.removeEventListener('change', listen);
  }, []);
  return dark;
}
