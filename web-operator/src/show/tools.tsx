/** Drawing tools for gloves: few, large, each with its word. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import arrow from 'icon:move-up-right';
import eraser from 'icon:eraser';
import pen from 'icon:pencil';
import type { StageHand } from '../board/stage';
import { INKS, type Ink, type Tool } from '../session/show';
import { Icon, type IconShape } from '../views/icon';
import { useUi } from '../views/ui';

interface ToolsProps {
  readonly hand: StageHand;
  readonly onHand: (hand: StageHand) => void;
}

const TOOLS: readonly { readonly tool: Tool; readonly icon: readonly IconShape[] | null }[] = [
  { tool: 'pen', icon: pen },
  { tool: 'arrow', icon: arrow },
  { tool: 'mark', icon: null },
];

/** A tap on the chosen tool puts it away again: then a finger points. */
export function Tools({ hand, onHand }: ToolsProps): VNode {
  const { say } = useUi();
  const [choosing, setChoosing] = useState(false);
  const choose = (mode: 'draw' | 'erase', tool: Tool): void => {
    const same = hand.mode === mode && (mode === 'erase' || hand.tool === tool);
    setChoosing(false);
    onHand({ ...hand, tool, mode: same ? 'look' : mode });
  };
  /** Who chooses a colour wants to draw. */
  const ink = (chosen: Ink): void => {
    setChoosing(false);
    onHand({ ...hand, ink: chosen, mode: 'draw' });
  };
  return (
    <div class="tools" role="toolbar" aria-label={say('tools-label')}>
      {choosing && (
        <div class="inks" role="group" aria-label={say('tool-colour')}>
          {INKS.map((name) => (
            <button
              key={name}
              type="button"
              class={`ink ink-${name}`}
              aria-label={say(`ink-${name}`)}
              aria-pressed={hand.ink === name}
              onClick={() => ink(name)}
              data-testid={`ink-${name}`}
            />
          ))}
        </div>
      )}
      {TOOLS.map(({ tool, icon }) => (
        <ToolButton
          key={tool}
          word={say(`tool-${tool}`)}
          pressed={hand.mode === 'draw' && hand.tool === tool}
          onClick={() => choose('draw', tool)}
          testId={`tool-${tool}`}
        >
          {icon === null ? <span class="tool-mark">1</span> : <Icon shapes={icon} size={26} />}
        </ToolButton>
      ))}
      <ToolButton
        word={say('tool-erase')}
        pressed={hand.mode === 'erase'}
        onClick={() => choose('erase', hand.tool)}
        testId="tool-erase"
      >
        <Icon shapes={eraser} size={26} />
      </ToolButton>
      <ToolButton
        word={say('tool-colour')}
        expanded={choosing}
        onClick={() => setChoosing(!choosing)}
        testId="tool-colour"
      >
        <span class={`tool-ink ink-${hand.ink}`} />
      </ToolButton>
    </div>
  );
}

interface ToolProps {
  readonly word: string;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly onClick: () => void;
  readonly testId: string;
  readonly children: VNode;
}

function ToolButton(props: ToolProps): VNode {
  return (
    <button
      type="button"
      class="tool"
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      onClick={() => props.onClick()}
      data-testid={props.testId}
    >
      {props.children}
      <span class="tool-word">{props.word}</span>
    </button>
  );
}
