import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { savedSearches } from '../api/browse.ts';
import { changed } from '../api/changes.ts';
import { api, dataOf } from '../api/client.ts';
import type { SavedSearch, Sort } from '../api/types.ts';
import { rich, t } from '../languages/t.ts';
import { FormFailure, LoadFailure } from '../ui/feedback.tsx';
import { problemOfText, TextField } from '../ui/field.tsx';
import { useSubmit } from '../ui/use-submit.ts';

const MAX_NAME = 100;

interface SavedSearchesProps {
  /** What the page shows now. */
  readonly asked: string;
  readonly sort: Sort;
  /** False for a query that says nothing. */
  readonly canSave: boolean;
}

/** The searches that are kept: a link each, to change or forget; and a form that keeps the one that is shown. */
export function SavedSearches({ asked, sort, canSave }: SavedSearchesProps) {
  const list = useQuery(savedSearches);
  const [edited, setEdited] = useState<number>();
  const isShown = (one: SavedSearch): boolean => one.query === asked && one.sort === sort;
  const isNew = asked.trim() !== '' && canSave && list.data?.some(isShown) === false;
  return (
    <section className="saved" aria-labelledby="saved-searches">
      <h2 id="saved-searches">{t('Saved searches')}</h2>
      {list.isError && list.data === undefined && (
        <LoadFailure what={t('Your saved searches')} error={list.error} onRetry={() => void list.refetch()} />
      )}
      {list.data?.length === 0 && !isNew && <p className="soft">{t('Search for something, then keep it here under a name.')}</p>}
      {list.data !== undefined && list.data.length > 0 && (
        <ul className="saved__list">
          {list.data.map((one) => (
            <li key={one.id}>
              {edited === one.id ? (
                <Edit one={one} onEnd={() => setEdited(undefined)} />
              ) : (
                <div className="saved__row">
                  <Link
                    href={`/browse?${new URLSearchParams({ q: one.query, sort: one.sort })}`}
                    aria-current={isShown(one) ? 'page' : undefined}
                    dir="auto"
                  >
                    {one.name}
                  </Link>
                  <button type="button" className="button button--small" onClick={() => setEdited(one.id)}>
                    {rich('Edit<hidden> {value}</hidden>', {
                      value: t('the search {name}', { name: one.name }),
                      hidden: (text) => <span className="visually-hidden">{text}</span>,
                    })}
                  </button>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
      {isNew && <Save key={`${asked} ${sort}`} asked={asked} sort={sort} />}
    </section>
  );
}

function Save({ asked, sort }: { asked: string; sort: Sort }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const { isSending, failure, problems, onSubmit } = useSubmit({
    check: () => ({ name: problemOfText(name, MAX_NAME, true) }),
    send: async () => {
      await dataOf(api.POST('/api/v1/searches/', { body: { name, query: asked, sort } }));
      await client.invalidateQueries({ queryKey: ['searches'] });
    },
  });
  return (
    <form className="saved__form" onSubmit={onSubmit} noValidate>
      <TextField
        label={t('Name for this search')}
        name="name"
        value={name}
        onChange={setName}
        problem={problems.name}
        limit={MAX_NAME}
      />
      <button type="submit" className="button" aria-disabled={isSending}>
        {t('Save search')}
      </button>
      <FormFailure message={failure} />
    </form>
  );
}

function Edit({ one, onEnd }: { one: SavedSearch; onEnd(): void }) {
  const client = useQueryClient();
  const [name, setName] = useState(one.name);
  const [query, setQuery] = useState(one.query);
  const path = { search_id: String(one.id) };
  async function done(pending: Promise<unknown>): Promise<void> {
    await pending;
    await client.invalidateQueries({ queryKey: ['searches'] });
    onEnd();
  }
  const { isSending, failure, problems, onSubmit } = useSubmit({
    check: () => ({ name: problemOfText(name, MAX_NAME, true) }),
    send: () =>
      done(
        changed(api.PUT('/api/v1/searches/{search_id}', { params: { path }, body: { name, query } }), t('Saved search changed.')),
      ),
  });
  const forget = useSubmit({
    send: () => done(changed(api.DELETE('/api/v1/searches/{search_id}', { params: { path } }), t('Saved search deleted.'))),
  });
  return (
    <>
      <form className="saved__form" onSubmit={onSubmit} noValidate>
        <TextField
          label={t('Name')}
          name="name"
          value={name}
          onChange={setName}
          problem={problems.name}
          limit={MAX_NAME}
          input={{ autoFocus: true }}
        />
        <TextField
          label={t('Search')}
          name="query"
          value={query}
          onChange={setQuery}
          problem={problems.query}
          input={{ autoComplete: 'off', spellCheck: false, maxLength: 1000 }}
        />
        <div className="actions">
          <button type="submit" className="button" aria-disabled={isSending || forget.isSending}>
            {t('Save')}
          </button>
          <button type="button" className="button" onClick={onEnd}>
            {t('Cancel')}
          </button>
        </div>
        <FormFailure message={failure} />
      </form>
      <form onSubmit={forget.onSubmit}>
        <button type="submit" className="button button--danger-quiet" aria-disabled={isSending || forget.isSending}>
          {rich('Delete<hidden> {value}</hidden>', {
            value: t('the search {name}', { name: one.name }),
            hidden: (text) => <span className="visually-hidden">{text}</span>,
          })}
        </button>
        <FormFailure message={forget.failure} />
      </form>
    </>
  );
}
