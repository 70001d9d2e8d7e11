/** A note among staff. The patient never sees it. */
import { useState, type FormEvent } from 'react';
import { useAct } from '../core/react.tsx';
import type { Whom } from '../homework/assign.tsx';
import { Button, Dialog, Field, Trouble } from '../ui/parts.tsx';

export function Note({ whom, isOpen, onClose }: { whom: Whom; isOpen: boolean; onClose: () => void }) {
  const { run, busy, code } = useAct();
  const [text, setText] = useState('');

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    if (await run({ act: 'note', patient: whom.patient, text: text.trim() })) {
      setText('');
      onClose();
    }
  }

  return (
    <Dialog title={`Note to the team about ${whom.name}`} isOpen={isOpen} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
        <Field label="Note" value={text} onChange={setText} lines={5} maxLength={4000} hint="Read by clinicians only." />
        <Trouble code={code} />
        <div className="actions">
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isDisabled={busy || !text.trim()}>
            Save the note
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
