/** What patients and families read: the list, a piece, the editor. */
import { useState, type FormEvent } from 'react';
import { useAct, useCore, useView } from '../core/react.tsx';
import type { Education } from '../core/types.ts';
import { go, to } from '../routes.ts';
import { BookIcon, PlusIcon } from '../ui/icons.tsx';
import { Button, Check, Empty, Failed, Field, Loading, Trouble } from '../ui/parts.tsx';
import { Prose } from './markdown.tsx';
import { slugOf } from './slug.ts';
import './education.css';

export function EducationPage({ slug }: { slug: string | null }) {
  const core = useCore();
  const view = useView('clinic', (core) => core.clinic());
  const [editing, setEditing] = useState<Education | 'new' | null>(null);
  if (view.state === 'failed') return <Failed code={view.code} again={() => void core.refresh()} />;
  if (view.state === 'loading') return <Loading label="Opening education" />;
  const pieces = view.data.education;
  const piece = pieces.find((piece) => piece.slug === slug) ?? pieces[0];

  return (
    <>
      <div className="page-head">
        <div>
          <h1>Education</h1>
          <p>Read on phones, also offline. Pieces for families are on family phones too.</p>
        </div>
        {!editing && (
          <Button kind="primary" onPress={() => setEditing('new')}>
            <PlusIcon /> Write a piece
          </Button>
        )}
      </div>
      {editing ? (
        <Editor
          from={editing === 'new' ? null : editing}
          taken={pieces.map((piece) => piece.slug)}
          onClose={(slug) => {
            setEditing(null);
            if (slug) go(to.education(slug));
          }}
        />
      ) : !piece ? (
        <div className="card">
          <Empty title="Nothing to read yet" icon={<BookIcon size={36} />}>
            <p>Short pieces help: what the program is, how to support someone, what to do in a crisis.</p>
            <Button kind="primary" onPress={() => setEditing('new')}>
              Write a piece
            </Button>
          </Empty>
        </div>
      ) : (
        <div className="education">
          <section className="card" aria-label="Pieces">
            <ul className="plain education-list">
              {pieces.map((one) => (
                <li key={one.slug}>
                  <a href={to.education(one.slug)} aria-current={one.slug === piece.slug ? 'true' : undefined}>
                    <strong>{one.title}</strong>
                    <div className="small soft">
                      {one.minutes} min{one.family && ' · for families too'}
                    </div>
                  </a>
                </li>
              ))}
            </ul>
          </section>
          <article className="card">
            <header>
              <div>
                <h2>{piece.title}</h2>
                <p className="small soft">{piece.summary}</p>
              </div>
              <Button size="small" onPress={() => setEditing(piece)}>
                Edit
              </Button>
            </header>
            <div className="body">
              <Prose text={piece.markdown} />
            </div>
          </article>
        </div>
      )}
    </>
  );
}

function Editor({
  from,
  taken,
  onClose,
}: {
  from: Education | null;
  taken: string[];
  onClose: (slug: string | null) => void;
}) {
  const { run, busy, code } = useAct();
  const [title, setTitle] = useState(from?.title ?? '');
  const [summary, setSummary] = useState(from?.summary ?? '');
  const [minutes, setMinutes] = useState(String(from?.minutes ?? 3));
  const [family, setFamily] = useState(from?.family ?? false);
  const [markdown, setMarkdown] = useState(from?.markdown ?? '');

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    const slug = from?.slug ?? slugOf(title, taken);
    const done = await run({
      act: 'publish-education',
      education: {
        slug,
        title: title.trim(),
        summary: summary.trim(),
        minutes: Number(minutes),
        family,
        markdown,
      },
    });
    if (done) onClose(slug);
  }

  return (
    <form className="card" onSubmit={(event) => void submit(event)} noValidate>
      <header>
        <h2>{from ? `Edit “${from.title}”` : 'A new piece'}</h2>
      </header>
      <div className="body education-editor">
        <div className="stack">
          <Field label="Title" value={title} onChange={setTitle} maxLength={200} />
          <Field label="One sentence for lists" value={summary} onChange={setSummary} maxLength={300} />
          <Field label="Minutes to read" type="number" min={1} max={120} value={minutes} onChange={setMinutes} />
          <Check label="On family phones too" value={family} onChange={setFamily} />
          <Field
            label="Text"
            value={markdown}
            onChange={setMarkdown}
            lines={16}
            mono
            hint="Markdown: a blank line between paragraphs, - for lists, ## for headings, **bold**."
          />
        </div>
        <section className="stack tight" aria-label="As it will look">
          <h3 className="soft small">As it will look</h3>
          {markdown.trim() ? <Prose text={markdown} /> : <p className="soft">Nothing written yet.</p>}
        </section>
      </div>
      <div className="body stack">
        <Trouble code={code} />
        <div className="row end">
          <Button onPress={() => onClose(null)}>Cancel</Button>
          <Button
            kind="primary"
            type="submit"
            isDisabled={busy || !title.trim() || !markdown.trim() || !(Number(minutes) >= 1)}
          >
            Publish
          </Button>
        </div>
      </div>
    </form>
  );
}
