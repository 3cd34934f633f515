/** Two buttons beside the field: a photo from the camera, or files. What is pasted and dropped goes the same way. */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import camera from 'icon:camera';
import clip from 'icon:paperclip';
import { Icon, type IconShape } from './icon';
import { useUi } from './ui';

/** `compact`: icons alone, for places where a word has no room. */
export function Attach({ compact = false }: { compact?: boolean }): VNode {
  const { say } = useUi();
  return (
    <div class={`attach ${compact ? 'attach-compact' : ''}`}>
      <Pick icon={camera} text={say('attach-photo')} label={say('attach-photo-label')} kind="photo" />
      <Pick icon={clip} text={say('attach-file')} label={say('attach-file-label')} kind="file" />
    </div>
  );
}

interface PickProps {
  readonly icon: readonly IconShape[];
  readonly text: string;
  readonly label: string;
  readonly kind: 'photo' | 'file';
}

function Pick({ icon, text, label, kind }: PickProps): VNode {
  const { commands } = useUi();
  const input = useRef<HTMLInputElement>(null);
  const chosen = (): void => {
    const field = input.current;
    const files = field === null ? [] : [...(field.files ?? [])];
    // The same file may be chosen again.
    if (field !== null) field.value = '';
    if (files.length > 0) commands.sendFiles(files);
  };
  return (
    <>
      <button
        type="button"
        class="attach-button"
        aria-label={label}
        title={label}
        data-testid={`attach-${kind}`}
        onClick={() => input.current?.click()}
      >
        <Icon shapes={icon} size={22} />
        <span>{text}</span>
      </button>
      <input
        ref={input}
        class="unseen"
        type="file"
        tabIndex={-1}
        aria-hidden="true"
        aria-label={label}
        data-testid={`attach-${kind}-input`}
        onChange={chosen}
        {...(kind === 'photo'
          ? { accept: 'image/*,video/*', capture: 'environment' as const }
          : { multiple: true })}
      />
    </>
  );
}
