/**
 * One line over time. A span without a value is a gap: the line stops and goes on after it. The same
 * numbers are there as a table.
 */
import { CartesianGrid, Line, LineChart, ReferenceArea, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import type { Slot, Trend } from '../core/types.ts';
import { date, number, shortDate } from '../ui/format.ts';
import { lineTitle, severity } from '../words.ts';

/** The newest slot with a value. */
export function newest(slots: readonly Slot[]): Slot | undefined {
  return slots.findLast((slot) => slot.value !== null);
}

/** What a screen reader and a tooltip say of the whole line. */
export function describe(trend: Trend): string {
  const known = trend.slots.filter((slot) => slot.value !== null);
  const last = known.at(-1);
  if (!last) return 'No answers yet.';
  const gaps = trend.slots.length - known.length;
  const first = known[0]!;
  return (
    `${number(first.value ?? 0)} on ${date(first.date)}, ${number(last.value ?? 0)} on ${date(last.date)}. ` +
    `${known.length} of ${trend.slots.length} answered${gaps > 0 ? `, ${gaps} left out` : ''}.`
  );
}

const BAND_COLOURS = ['var(--band-1)', 'var(--band-2)', 'var(--band-3)', 'var(--band-4)', 'var(--band-5)'];

/** Bands spread over the palette, mildest first. */
function bandColour(index: number, count: number): string {
  const step = count <= 1 ? 0 : Math.round((index * (BAND_COLOURS.length - 1)) / (count - 1));
  return BAND_COLOURS[step]!;
}

function Chart({ trend, height }: { trend: Trend; height: number }) {
  const daily = trend.bands.length === 0;
  const ticks = trend.slots.length <= 6 ? 0 : Math.ceil(trend.slots.length / 5) - 1;
  return (
    <div className="chart" aria-hidden="true">
      <ResponsiveContainer width="100%" height={height} initialDimension={{ width: 320, height }}>
        <LineChart
          data={trend.slots as Slot[]}
          margin={{ top: 6, right: daily ? 8 : 104, bottom: 0, left: -28 }}
          accessibilityLayer={false}
        >
          {trend.bands.map((band, index) => (
            <ReferenceArea
              key={band.from}
              // Totals are whole numbers: a band reaches halfway to its neighbours.
              y1={Math.max(trend.min, band.from - 0.5)}
              y2={Math.min(trend.max, band.to + 0.5)}
              fill={bandColour(index, trend.bands.length)}
              fillOpacity={1}
              strokeOpacity={0}
              label={{ value: severity(band.label), position: 'right', offset: 6 }}
            />
          ))}
          {daily && <CartesianGrid vertical={false} stroke="var(--line)" />}
          <XAxis
            dataKey="date"
            tickFormatter={shortDate}
            interval={ticks}
            tickLine={false}
            axisLine={{ stroke: 'var(--line-strong)' }}
            minTickGap={8}
          />
          <YAxis
            domain={[trend.min, trend.max]}
            ticks={daily ? [trend.min, trend.max] : [...trend.bands.map((band) => band.from), trend.max]}
            interval={0}
            tickLine={false}
            axisLine={false}
            allowDecimals={false}
          />
          <Line
            dataKey="value"
            type="linear"
            connectNulls={false}
            stroke="var(--chart-line)"
            strokeWidth={daily ? 1.75 : 2.25}
            dot={{ r: daily ? 1.75 : 3.5, fill: 'var(--chart-line)', strokeWidth: 0 }}
            isAnimationActive={false}
          />
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}

function Table({ trend }: { trend: Trend }) {
  const bands = trend.bands.length > 0;
  return (
    <div className="trend-scroll" tabIndex={0} role="region" aria-label={`${lineTitle(trend.item, trend.title)}, table`}>
      <table className="grid-table">
        <thead>
          <tr>
            <th scope="col">{trend.every_days === 1 ? 'Day' : trend.every_days === 7 ? 'Week of' : 'From'}</th>
            <th scope="col">Value</th>
            {bands && <th scope="col">Severity</th>}
          </tr>
        </thead>
        <tbody>
          {trend.slots.toReversed().map((slot) => (
            <tr key={slot.date}>
              <td>{date(slot.date)}</td>
              <td>{slot.value === null ? <span className="soft">no answer</span> : number(slot.value)}</td>
              {bands && <td>{slot.severity ? severity(slot.severity) : ''}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function TrendFigure({ trend, table, height }: { trend: Trend; table: boolean; height: number }) {
  const title = lineTitle(trend.item, trend.title);
  const last = newest(trend.slots);
  return (
    <figure className="trend">
      <figcaption>
        <h3>{title}</h3>
        <span className="latest">
          {last
            ? `${number(last.value ?? 0)}${last.severity ? `, ${severity(last.severity).toLowerCase()}` : ` of ${trend.max}`} · ${shortDate(last.date)}`
            : 'no answers yet'}
        </span>
      </figcaption>
      {table ? (
        <Table trend={trend} />
      ) : (
        <>
          <p className="unseen">{describe(trend)}</p>
          <Chart trend={trend} height={height} />
        </>
      )}
    </figure>
  );
}
