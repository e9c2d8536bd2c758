import uPlot, { type Options } from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { PlotProps } from './plot.tsx';

export { uPlot };

interface Drawing {
  width: number;
  height: number;
  /** Distances that lines of the scale may have. */
  steps: number[];
  props: () => PlotProps;
  onCursor: (index: number | null) => void;
}

/** How bars are drawn: in the colours of the sheet, without anything that needs explaining. */
export function optionsOf({ width, height, steps, props, onCursor }: Drawing): Options {
  const colour = (name: string) => {
    // A custom property may be `light-dark(…)`; only a real property tells which.
    const probe = document.createElement('span');
    probe.className = `colour-${name}`;
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
  const [faint, line, accent, soft] = [colour('faint'), colour('line'), colour('accent'), colour('soft')];
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const { series } = props();
  const side = (index: number) => (series.length === 1 ? 0 : index === 0 ? -1 : 1);
  const bars = (index: number) =>
    uPlot.paths.bars!({ size: [series.length === 1 ? 0.7 : 0.4, 40], align: side(index) as 0 });
  const axis = { stroke: faint, font, ticks: { stroke: line, width: 1 } };
  return {
    width,
    height,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: (_, min, max) => [min - 0.6, max + 0.6] },
      y: { range: (_, _min, max: number | null) => [0, Math.max((max ?? 0) * 1.05, props().least)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        splits: (self) => [...self.data[0]].filter((index) => props().tick(index) !== ''),
        values: (_, splits) => splits.map((index) => props().tick(index)),
      },
      {
        ...axis,
        size: 64,
        space: 36,
        incrs: steps,
        grid: { stroke: line, width: 1 },
        values: (_, splits) => splits.map((value) => props().format(value)),
      },
    ],
    series: [
      {},
      ...series.map((_, index) => ({
        paths: bars(index),
        points: { show: false },
        stroke: accent,
        width: 1,
        fill: index === 0 ? accent : soft,
      })),
    ],
    hooks: { setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)] },
  };
}
