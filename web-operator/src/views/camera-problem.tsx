/** The screen for a camera that could not be had: what happened, and how to allow it in this browser. */
import type { VNode } from 'preact';
import cameraOff from 'icon:camera-off';
import type { CameraProblem } from '../media/problem';
import type { AppState } from '../state/model';
import { Icon } from './icon';
import { Button, Message, useUi } from './ui';

const ASK_STEPS = [1, 2, 3] as const;

/** The camera could not be had; the chat goes on behind it. */
export function CameraScreen({ state, why }: { state: AppState; why: CameraProblem }): VNode {
  const { say, commands } = useUi();
  return (
    <Message
      tone="warn"
      mark={<Icon shapes={cameraOff} size={40} />}
      title={say(`camera-${why}`)}
      actions={
        <>
          {why !== 'insecure' && (
            <Button kind="primary" onClick={commands.show} testId="error-action">
              {say(why === 'lost' ? 'camera-start-again' : 'camera-again')}
            </Button>
          )}
          <Button kind="quiet" onClick={commands.withoutCamera} testId="camera-without">
            {say('camera-without')}
          </Button>
        </>
      }
    >
      <p class="lead">{say(`camera-${why}-do`)}</p>
      {why === 'denied' && (
        <ol class="steps">
          {ASK_STEPS.map((step) => (
            <li key={step}>{say(`allow-${state.environment.platform}-${step}`)}</li>
          ))}
        </ol>
      )}
    </Message>
  );
}
