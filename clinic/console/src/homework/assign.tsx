/** Gives homework to one patient. */
import { useState, type FormEvent } from 'react';
import { useAct, useCore } from '../core/react.tsx';
import { isoDate } from '../ui/format.ts';
import { Button, Dialog, Field, Trouble } from '../ui/parts.tsx';

/** Starting points; the clinician changes the words. */
const IDEAS = [
  {
    skill: 'paced-breathing',
    title: 'Paced breathing',
    instructions: 'Breathe in for four counts and out for six, for five minutes. Note distress before and after.',
    times: '5',
  },
  {
    skill: 'behavioural-activation',
    title: 'One planned activity',
    instructions: 'Choose one thing you used to like, put it on a day and a time, and do it even if you do not feel like it.',
    times: '3',
  },
  {
    skill: 'grounding-5-4-3-2-1',
    title: 'Grounding with the senses',
    instructions: 'Name five things you see, four you feel, three you hear, two you smell, one you taste.',
    times: '5',
  },
  {
    skill: 'thought-record',
    title: 'Thought record',
    instructions: 'Write down one situation, the thought that came, what speaks for and against it, and a thought that fits better.',
    times: '2',
  },
  {
    skill: 'opposite-action',
    title: 'Opposite action',
    instructions: 'When the feeling does not fit the facts, do the opposite of what it urges, all the way. Note what happened.',
    times: '2',
  },
] as const;

export interface Whom {
  patient: string;
  name: string;
}

export function AssignHomework({ whom, onClose }: { whom: Whom | null; onClose: () => void }) {
  return (
    <Dialog title={whom ? `Homework for ${whom.name}` : 'Homework'} isOpen={whom !== null} onClose={onClose}>
      {whom && <Form whom={whom} onClose={onClose} />}
    </Dialog>
  );
}

function Form({ whom, onClose }: { whom: Whom; onClose: () => void }) {
  const core = useCore();
  const { run, busy, code } = useAct();
  const [title, setTitle] = useState('');
  const [instructions, setInstructions] = useState('');
  const [skill, setSkill] = useState<string | null>(null);
  const [due, setDue] = useState(isoDate(core.now() + 7 * 24 * 3_600_000, undefined));
  const [times, setTimes] = useState('1');

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    const done = await run({
      act: 'assign-homework',
      patient: whom.patient,
      homework: {
        title: title.trim(),
        instructions: instructions.trim(),
        due,
        times: Number(times),
        ...(skill ? { skill } : {}),
      },
    });
    if (done) onClose();
  }

  return (
    <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
      <div className="field">
        <span className="label" id="ideas">
          Start from
        </span>
        <div className="row" role="group" aria-labelledby="ideas">
          {IDEAS.map((idea) => (
            <Button
              key={idea.skill}
              size="small"
              onPress={() => {
                setTitle(idea.title);
                setInstructions(idea.instructions);
                setTimes(idea.times);
                setSkill(idea.skill);
              }}
            >
              {idea.title}
            </Button>
          ))}
        </div>
      </div>
      <Field label="Title" value={title} onChange={setTitle} maxLength={200} />
      <Field label="What to do" value={instructions} onChange={setInstructions} lines={4} maxLength={4000} optional />
      <div className="row even top">
        <Field label="Last day" type="date" value={due} onChange={setDue} />
        <Field label="How often until then" type="number" min={1} max={100} value={times} onChange={setTimes} />
      </div>
      <Trouble code={code} />
      <div className="actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" isDisabled={busy || !title.trim() || !due || !(Number(times) >= 1)}>
          Assign
        </Button>
      </div>
    </form>
  );
}
