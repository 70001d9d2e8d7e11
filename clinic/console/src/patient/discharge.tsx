/** Ends the program for a patient, or corrects when and why it ended. */
import { useState, type FormEvent } from 'react';
import { useAct, useCore } from '../core/react.tsx';
import type { DischargeReason, PatientPage } from '../core/types.ts';
import { isoDate } from '../ui/format.ts';
import { Banner, Button, Choices, Dialog, Field, Trouble } from '../ui/parts.tsx';
import { DISCHARGE_REASONS } from '../words.ts';

interface Props {
  page: PatientPage;
  isOpen: boolean;
  onClose: () => void;
}

export function Discharge({ page, isOpen, onClose }: Props) {
  return (
    <Dialog title={`Discharge ${page.row.name}`} isOpen={isOpen} onClose={onClose}>
      <Form page={page} onClose={onClose} />
    </Dialog>
  );
}

function Form({ page, onClose }: { page: PatientPage; onClose: () => void }) {
  const core = useCore();
  const { run, busy, code } = useAct();
  const [date, setDate] = useState(page.row.discharged ?? isoDate(core.now(), page.clinic_zone));
  const [reason, setReason] = useState<DischargeReason | null>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!reason || busy) return;
    if (await run({ act: 'discharge', patient: page.row.patient, date, reason })) onClose();
  }

  return (
    <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
      {!page.plans.some((plan) => plan.current) && (
        <Banner kind="warn">There is no transition plan yet. It stays on the phone after discharge.</Banner>
      )}
      <Field
        label="Actual day"
        type="date"
        value={date}
        onChange={setDate}
        hint="The calls after two weeks and two months hang on it."
      />
      <Choices label="Why" words={DISCHARGE_REASONS} value={reason} onChange={setReason} />
      <Trouble code={code} />
      <div className="actions">
        <Button onPress={onClose}>Back</Button>
        <Button kind="primary" type="submit" isDisabled={busy || !reason || !date}>
          Discharge
        </Button>
      </div>
    </form>
  );
}
