/** A checklist, one big step at a time: done, or it doesn't work, with a note and a photo. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import camera from 'icon:camera';
import check from 'icon:check';
import left from 'icon:chevron-left';
import list from 'icon:list-checks';
import right from 'icon:chevron-right';
import x from 'icon:x';
import type { StepItem, StepsItem, StepState } from '../session/show';
import type { AppState } from '../state/model';
import { itemOf } from '../state/shown';
import { Icon } from '../views/icon';
import { Button, RoundButton, Spinner, useUi } from '../views/ui';
import { Frame } from './frame';
import { kept, mayWrite } from './hooks';
import { PictureInput } from './picture-input';
import { Thumb } from './thumb';

/** 2,000 bytes are the most a note may have; a letter takes up to four. */
const NOTE = 500;

export function StepsCard({ state, id }: { state: AppState; id: string }): VNode {
  const { say } = useUi();
  const steps = itemOf(state.shown.show.steps, id);
  const from = state.shown.from ?? steps?.authorName ?? '';
  if (steps === undefined || steps.steps.length === 0) {
    return (
      <Frame state={state} name="steps" title={say('steps-from', { name: from })}>
        <div class="shown-body shown-wait" role="status">
          <Spinner />
        </div>
      </Frame>
    );
  }
  return <Steps state={state} list={steps} />;
}

function firstOpen(steps: readonly StepItem[], after = 0): number {
  const next = steps.findIndex((step, index) => index >= after && step.state === 'open');
  return next >= 0 ? next : steps.findIndex((step) => step.state === 'open');
}

function Steps({
  state,
  list: { id, title, authorName, steps },
}: {
  state: AppState;
  list: StepsItem;
}): VNode {
  const { say, show } = useUi();
  const [at, setAt] = useState(() => Math.max(0, firstOpen(steps)));
  const [overview, setOverview] = useState(false);
  const [finished, setFinished] = useState(() => firstOpen(steps) < 0);
  const index = Math.min(at, steps.length - 1);
  const step = steps[index];
  const closed = steps.filter((one) => one.state !== 'open').length;
  const go = (to: number): void => {
    setOverview(false);
    setFinished(false);
    setAt(Math.min(steps.length - 1, Math.max(0, to)));
  };
  const onward = (): void => {
    // The one that was just answered still counts as open until the document says otherwise.
    const rest = steps.map((one, place) => (place === index ? { ...one, state: 'done' as const } : one));
    const next = firstOpen(rest, index + 1);
    if (next < 0) {
      setFinished(true);
    } else {
      go(next);
    }
  };
  const name = state.shown.from ?? authorName;
  return (
    <Frame
      state={state}
      name="steps"
      title={title === '' ? say('steps-from', { name }) : title}
      hint={overview || finished ? say('steps-progress', { done: closed, all: steps.length }) : undefined}
    >
      <progress
        class="steps-bar"
        max={steps.length}
        value={closed}
        aria-label={say('steps-progress', { done: closed, all: steps.length })}
      />
      {overview ? (
        <Overview steps={steps} at={index} onGo={go} />
      ) : finished ? (
        <div class="shown-body step-finished">
          <span class="mark">
            <Icon shapes={check} size={44} />
          </span>
          <h3>{say('steps-finished')}</h3>
          <p>{say('steps-finished-text', { name: authorName })}</p>
        </div>
      ) : (
        step !== undefined && (
          <Step
            key={index}
            state={state}
            step={step}
            number={index + 1}
            all={steps.length}
            onState={(next, note, photo) => show.setStep(id, index, next, note, photo)}
            onNext={onward}
          />
        )
      )}
      <nav class="step-nav">
        <RoundButton
          icon={left}
          label={say('steps-back')}
          disabled={index === 0 && !overview && !finished}
          onClick={() => go(finished || overview ? index : index - 1)}
          testId="step-back"
        />
        <button
          type="button"
          class="step-all"
          aria-expanded={overview}
          onClick={() => setOverview(!overview)}
          data-testid="step-overview"
        >
          <Icon shapes={list} size={20} />
          <span>{say(overview ? 'steps-one' : 'steps-all')}</span>
        </button>
        <RoundButton
          icon={right}
          label={say('steps-forward')}
          disabled={index === steps.length - 1 || finished}
          onClick={() => go(index + 1)}
          testId="step-forward"
        />
      </nav>
    </Frame>
  );
}

interface StepProps {
  readonly state: AppState;
  readonly step: StepItem;
  readonly number: number;
  readonly all: number;
  readonly onState: (state: StepState, note: string, photo: string | null) => void;
  readonly onNext: () => void;
}

function Step({ state, step, number, all, onState, onNext }: StepProps): VNode {
  const { say, files } = useUi();
  const writes = mayWrite(state);
  const [note, setNote] = useState(step.note);
  const [sending, setSending] = useState(false);
  const [trouble, setTrouble] = useState(false);
  const answer = (next: StepState): void => onState(next, note.trim(), step.photo);

  /** From the running camera where there is one, else from the phone's own. */
  const attach = async (picture: File | null): Promise<void> => {
    setSending(true);
    setTrouble(false);
    try {
      const { photoOf, sharpPhoto } = await import('../board/still');
      const { camera: running } = state;
      const still =
        picture !== null
          ? await photoOf(picture)
          : running.is === 'live'
            ? await sharpPhoto(running.stream)
            : null;
      const named = kept(say('step-photo-name', { number }));
      const [blob] =
        still === null
          ? []
          : await files.send([new File([still.picture], named, { type: still.picture.type })]);
      if (blob === undefined) {
        setTrouble(true);
      } else {
        onState(step.state, note.trim(), blob);
      }
    } catch {
      setTrouble(true);
    } finally {
      setSending(false);
    }
  };
  const photoWord = say(step.photo === null ? 'step-photo' : 'step-photo-again');
  return (
    <>
      <div class="shown-body step" data-testid="step" data-state={step.state}>
        <p class="step-number">{say('step-number', { number, all })}</p>
        <p class="step-text" dir="auto" data-testid="step-text">
          {step.text}
        </p>
        {step.state !== 'open' && (
          <p class={`step-state step-state-${step.state}`} role="status">
            <Icon shapes={step.state === 'done' ? check : x} size={20} />
            <span>{say(`step-is-${step.state}`)}</span>
            {writes && (
              <button type="button" class="step-undo" onClick={() => answer('open')} data-testid="step-open">
                {say('live-undo')}
              </button>
            )}
          </p>
        )}
        {step.photo !== null && (
          <div class="step-photo">
            <Thumb blob={step.photo} />
          </div>
        )}
        {step.state === 'failed' && writes && (
          <label class="field step-note">
            <span>{say('step-note')}</span>
            <textarea
              rows={2}
              dir="auto"
              maxLength={NOTE}
              value={note}
              onInput={(event) => setNote(event.currentTarget.value)}
              onBlur={() => note.trim() !== step.note && answer('failed')}
              data-testid="step-note"
            />
          </label>
        )}
        {step.state !== 'failed' && step.note !== '' && <p class="step-said">{step.note}</p>}
        {trouble && (
          <p class="quiet" role="alert">
            {say('said-no-photo')}
          </p>
        )}
      </div>
      {writes && (
        <div class="step-answers">
          {step.state === 'open' ? (
            <Button
              kind="primary"
              icon={check}
              onClick={() => {
                answer('done');
                onNext();
              }}
              testId="step-done"
            >
              {say('step-done')}
            </Button>
          ) : (
            <Button
              kind="primary"
              onClick={() => {
                if (note.trim() !== step.note) {
                  answer(step.state);
                }
                onNext();
              }}
              testId="step-next"
            >
              {say('step-next')}
            </Button>
          )}
          <div class="step-more">
            {step.state === 'open' && (
              <Button kind="danger" icon={x} onClick={() => answer('failed')} testId="step-failed">
                {say('step-failed')}
              </Button>
            )}
            {state.camera.is === 'live' ? (
              <Button icon={camera} busy={sending} onClick={() => void attach(null)} testId="step-photo">
                {photoWord}
              </Button>
            ) : (
              <PictureInput
                kind="plain"
                icon={camera}
                busy={sending}
                word={photoWord}
                onPicture={(picture) => void attach(picture)}
                testId="step-photo"
              />
            )}
          </div>
        </div>
      )}
    </>
  );
}

interface OverviewProps {
  readonly steps: readonly StepItem[];
  readonly at: number;
  readonly onGo: (index: number) => void;
}

function Overview({ steps, at, onGo }: OverviewProps): VNode {
  const { say } = useUi();
  return (
    <ol class="shown-body step-list">
      {steps.map((step, index) => (
        <li key={index}>
          <button
            type="button"
            class={`step-row step-row-${step.state}`}
            aria-current={index === at ? 'step' : undefined}
            onClick={() => onGo(index)}
            data-testid="step-row"
          >
            <span class="step-mark">
              {step.state === 'open' ? (
                index + 1
              ) : (
                <Icon shapes={step.state === 'done' ? check : x} size={18} />
              )}
            </span>
            <span dir="auto">{step.text}</span>
            {step.state !== 'open' && <span class="unseen">{say(`step-is-${step.state}`)}</span>}
          </button>
        </li>
      ))}
    </ol>
  );
}
