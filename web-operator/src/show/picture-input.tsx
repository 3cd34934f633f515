/** A button that opens the phone's camera (or its pictures) and gives one picture. */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { IconShape } from '../views/icon';
import { Button } from '../views/ui';

interface PictureInputProps {
  readonly word: string;
  readonly icon: readonly IconShape[];
  readonly kind: 'primary' | 'plain' | 'quiet';
  readonly busy?: boolean;
  readonly onPicture: (picture: File) => void;
  readonly testId: string;
}

export function PictureInput(props: PictureInputProps): VNode {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        kind={props.kind}
        icon={props.icon}
        busy={props.busy === true}
        onClick={() => input.current?.click()}
        testId={props.testId}
      >
        {props.word}
      </Button>
      <input
        ref={input}
        class="unseen"
        type="file"
        accept="image/*"
        capture="environment"
        tabIndex={-1}
        aria-hidden="true"
        aria-label={props.word}
        data-testid={`${props.testId}-input`}
        onChange={(event) => {
          const picture = event.currentTarget.files?.[0];
          // The same picture may be chosen again after a failure.
          event.currentTarget.value = '';
          if (picture !== undefined) {
            props.onPicture(picture);
          }
        }}
      />
    </>
  );
}
