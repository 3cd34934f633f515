/** Plain text and Markdown that somebody sent, as paragraphs of this page: no HTML of it is ever read. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { FileItem } from '../session/show';
import { Spinner, useUi } from '../views/ui';
import { blocksOf, spansOf, type Block, type Span } from './markdown';
import { useBlob } from './hooks';

/** A longer text is shown up to here; the file has the rest. */
const SHOWN_BYTES = 512 * 1024;

export function isReadable({ mediaType, name }: Pick<FileItem, 'mediaType' | 'name'>): boolean {
  return mediaType.startsWith('text/') || isMarkdown(name) || /\.(txt|log|csv)$/i.test(name);
}

function isMarkdown(name: string): boolean {
  return /\.(md|markdown)$/i.test(name);
}

export function TextPages({ item }: { item: FileItem }): VNode {
  const { say } = useUi();
  const here = useBlob(item.blob);
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    if (here.is === 'here') {
      // Wrong bytes become replacement characters; nothing throws.
      void here.file
        .slice(0, SHOWN_BYTES)
        .text()
        .then(setText, () => undefined);
    }
  }, [here]);
  if (text === null) {
    return (
      <div class="shown-body shown-wait" role="status">
        <Spinner />
        <p>{say('picture-coming')}</p>
      </div>
    );
  }
  const markdown = isMarkdown(item.name) || item.mediaType === 'text/markdown';
  return (
    <div class="shown-body reading" tabIndex={0} dir="auto" data-testid="reading">
      {markdown ? (
        blocksOf(text).map((block, index) => <BlockView key={index} block={block} />)
      ) : (
        <pre>{text}</pre>
      )}
      {item.size > SHOWN_BYTES && <p class="quiet">{say('page-cut')}</p>}
    </div>
  );
}

function BlockView({ block }: { block: Block }): VNode {
  switch (block.is) {
    case 'heading':
      return block.level === 1 ? (
        <h3 class="reading-first">
          <Spans text={block.text} />
        </h3>
      ) : (
        <h4>
          <Spans text={block.text} />
        </h4>
      );
    case 'item':
      return (
        <p class={`reading-item reading-deep-${block.deep}`}>
          <span aria-hidden="true">{block.sign}</span>
          <span>
            <Spans text={block.text} />
          </span>
        </p>
      );
    case 'code':
      return <pre>{block.text}</pre>;
    case 'line':
      return <hr />;
    case 'text':
      return (
        <p>
          <Spans text={block.text} />
        </p>
      );
  }
}

function Spans({ text }: { text: string }): VNode {
  return (
    <>
      {spansOf(text).map((span, index) => (
        <SpanView key={index} span={span} />
      ))}
    </>
  );
}

function SpanView({ span }: { span: Span }): VNode {
  switch (span.is) {
    case 'strong':
      return <strong>{span.text}</strong>;
    case 'em':
      return <em>{span.text}</em>;
    case 'code':
      return <code>{span.text}</code>;
    case 'plain':
      return <>{span.text}</>;
  }
}
