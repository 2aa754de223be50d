import { Component, type ReactNode } from 'react';
import { outbox } from '../api/outbox.ts';
import { t } from '../languages/t.ts';
import { useStore } from '../lib/store.ts';
import { Page } from './page.tsx';

interface LoadBoundaryProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** Stands in for a page whose script did not come: without it the whole page would be empty. */
export class LoadBoundary extends Component<LoadBoundaryProps, { readonly hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    return this.state.hasFailed ? <NotLoaded title={this.props.title} /> : this.props.children;
  }
}

function NotLoaded({ title }: { title: string }) {
  // Loading anew would lose what is in this page's memory only.
  const { isUnkept } = useStore(outbox);
  return (
    <Page title={title}>
      <h1>{title}</h1>
      <div className="notice notice--danger" role="alert">
        <p>{t('This part of the page could not be loaded. Reload once the server answers.')}</p>
        {!isUnkept && (
          <button type="button" className="button" onClick={() => location.reload()}>
            {t('Reload')}
          </button>
        )}
      </div>
    </Page>
  );
}
