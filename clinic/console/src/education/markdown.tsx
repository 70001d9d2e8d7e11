/** Education as it is read on phones: CommonMark without HTML and without pictures. */
import Markdown from 'react-markdown';

export function Prose({ text }: { text: string }) {
  return (
    <div className="prose">
      <Markdown
        disallowedElements={['img']}
        components={{
          // The page has its own headings; a piece's begin one level below its title.
          h1: ({ children }) => <h3>{children}</h3>,
          h2: ({ children }) => <h3>{children}</h3>,
          h3: ({ children }) => <h4>{children}</h4>,
          h4: ({ children }) => <h4>{children}</h4>,
          h5: ({ children }) => <h4>{children}</h4>,
          h6: ({ children }) => <h4>{children}</h4>,
          a: ({ children, href }) => (
            <a href={href} target="_blank" rel="noreferrer noopener">
              {children}
            </a>
          ),
        }}
      >
        {text}
      </Markdown>
    </div>
  );
}
