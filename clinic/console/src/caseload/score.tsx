/** A total, its severity word and how it moved. What counts as better or worse is the core's word. */
import type { Score } from '../core/types.ts';
import { number, signed } from '../ui/format.ts';
import { classes } from '../ui/parts.tsx';
import { severity } from '../words.ts';

export function ScoreText({ score, brief }: { score: Score | undefined; brief?: boolean }) {
  if (!score) {
    return (
      <span className="soft">
        <span aria-hidden="true">–</span>
        <span className="unseen">none yet</span>
      </span>
    );
  }
  // Worse than the first one although not than the last: that difference is the one to show.
  const step = score.previous === null ? null : score.total - score.previous;
  const whole = score.baseline === null ? null : score.total - score.baseline;
  const sinceFirst = score.worse && step !== null && whole !== null && Math.abs(whole) > Math.abs(step);
  const change = sinceFirst ? whole : step;
  return (
    <span className="score">
      <strong>{number(score.total)}</strong>
      {!brief && score.severity && <span className="soft small">{severity(score.severity)}</span>}
      {change !== null && (
        <span className={classes('change', score.worse ? 'worse' : score.improved && 'better')}>
          {brief && score.worse && <span aria-hidden="true">▲</span>}
          {signed(change)}
          {score.worse && <span className={brief ? 'unseen' : undefined}> worse</span>}
          <span className={brief || !sinceFirst ? 'unseen' : undefined}>
            {sinceFirst ? ' since start' : ' since the one before'}
          </span>
        </span>
      )}
    </span>
  );
}

export function scoreOf(scores: Score[], form: string): Score | undefined {
  return scores.find((score) => score.form === form);
}
