import { type ChangeEvent, type DragEvent, type ReactNode, useId, useState } from 'react';
import { t } from '../languages/t.ts';

interface ChooseFileProps {
  readonly label: string;
  readonly accept: string;
  readonly children?: ReactNode;
  onFile(file: File): void;
}

/** A place to drop a file, with a button that does the same. */
export function ChooseFile({ label, accept, children, onFile }: ChooseFileProps) {
  const id = useId();
  const [isOver, setOver] = useState(false);
  function take(files: FileList | null): void {
    const [first] = files ?? [];
    if (first !== undefined) onFile(first);
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button beside it does the same.
    <div
      className={isOver ? 'drop drop--over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
      }}
    >
      {children}
      <div className="actions">
        <label className="button" htmlFor={id}>
          {label}
        </label>
        <input
          id={id}
          type="file"
          className="visually-hidden"
          accept={accept}
          onChange={(event: ChangeEvent<HTMLInputElement>) => {
            take(event.target.files);
            event.target.value = '';
          }}
        />
        <span className="soft">{t('or drop one here')}</span>
      </div>
    </div>
  );
}
