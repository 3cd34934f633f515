/** All files of the session in one list, the newest first. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import folder from 'icon:folder-open';
import save from 'icon:save';
import { Button, useUi } from '../ui';
import { Icon } from '../icon';
import { Sheet } from '../sheets';
import { FileRow } from './card';
import { saveAll } from './saving';
import { useFiles } from './use-files';

export function ShelfSheet({ expertName }: { expertName: string }): VNode {
  const { say, files, commands } = useUi();
  const { files: all } = useFiles();
  const [saving, setSaving] = useState(false);
  const newest = [...all].reverse();
  const here = all.filter((file) => file.state === 'here' && file.blob !== '' && !file.mine);
  const everything = async (): Promise<void> => {
    setSaving(true);
    try {
      const saved = await saveAll(files, here);
      if (saved !== null) commands.confirm('files-saved');
    } catch {
      commands.confirm('files-not-saved');
    } finally {
      setSaving(false);
    }
  };
  return (
    <Sheet title={say('files-title')}>
      {here.length > 1 && (
        <Button icon={save} busy={saving} onClick={() => void everything()} testId="save-all">
          {say('files-save-all', { n: here.length })}
        </Button>
      )}
      {newest.length === 0 ? (
        <div class="shelf-empty">
          <Icon shapes={folder} size={32} />
          <p>{say('files-empty')}</p>
        </div>
      ) : (
        <ul class="shelf" data-testid="shelf">
          {newest.map((file) => (
            <li key={file.id}>
              <FileRow
                file={file}
                expertName={expertName}
                from={file.mine ? say('message-mine') : file.authorName}
              />
            </li>
          ))}
        </ul>
      )}
    </Sheet>
  );
}
