import type { paths } from './schema.d.ts';

/** What the pages call the API's answers. */
export type Answer<Operation> = Operation extends { responses: infer Responses }
  ? Responses[keyof Responses & (200 | 201)] extends { content: { 'application/json': infer Body } }
    ? Body
    : never
  : never;

export type User = Answer<paths['/api/v1/auth/me']['get']>;
export type Deck = Answer<paths['/api/v1/decks/{deck_id}']['get']>;
export type DeckChange = paths['/api/v1/decks/{deck_id}']['put']['requestBody']['content']['application/json'];
export type Card = Answer<paths['/api/v1/cards/{card_id}']['get']>;
/** Each table of the statistics, by its name. */
export interface Stats {
  readonly today: Answer<paths['/api/v1/stats/today']['get']>;
  readonly days: Answer<paths['/api/v1/stats/days']['get']>;
}
export type CardHistory = Answer<paths['/api/v1/cards/{card_id}/history']['get']>;
export type StudyQueue = Answer<paths['/api/v1/study/queue/{deck_id}']['get']>;
/** A queue with where it comes from: the server, or what is kept in this browser. */
export type RoundQueue = StudyQueue & { readonly isKept: boolean };
export type StudyCard = StudyQueue['cards'][number];
export type Preview = StudyCard['previews'][number];
export type StudySettings = Answer<paths['/api/v1/study/settings']['get']>;
export type ImportReport = Answer<paths['/api/v1/decks/{deck_id}/import']['post']>;
export type FileReport = NonNullable<Answer<paths['/api/v1/import/files/{file_id}/import']['post']>['report']>;
export type PastImport = Answer<paths['/api/v1/decks/{deck_id}/imports']['get']>[number];
export type MoveView = Answer<paths['/api/v1/move']['get']>;
export type MoveStep = MoveView['steps'][number];
export type MoveJob = NonNullable<MoveView['job']>;
export type Note = Answer<paths['/api/v1/notes/{note_id}']['get']>;
export type NoteType = Answer<paths['/api/v1/notes/types']['get']>[number];
export type NotePreview = Answer<paths['/api/v1/notes/preview']['post']>;
export type NotePreviewAsked = paths['/api/v1/notes/preview']['post']['requestBody']['content']['application/json'];
export type SearchAnswer = Answer<paths['/api/v1/search/']['get']>;
export type FoundCard = SearchAnswer['cards'][number];
export type Sort = NonNullable<NonNullable<paths['/api/v1/search/']['get']['parameters']['query']>['sort']>;
export type SavedSearch = Answer<paths['/api/v1/searches/']['get']>[number];
export type ReplacePreview = Answer<paths['/api/v1/edit/replace/preview']['post']>;
export type ReplaceAsked = Omit<paths['/api/v1/edit/replace']['post']['requestBody']['content']['application/json'], 'items'>;
export type ReplaceDone = Answer<paths['/api/v1/edit/replace']['post']>;
export type CardsEdit = Omit<paths['/api/v1/edit/cards']['post']['requestBody']['content']['application/json'], 'q' | 'card_ids'>;
export type EditDone = Answer<paths['/api/v1/edit/cards']['post']>;
export type DuplicateMatch = NonNullable<NonNullable<paths['/api/v1/edit/duplicates']['get']['parameters']['query']>['match']>;
export type DuplicateNote = Answer<paths['/api/v1/edit/duplicates']['get']>['groups'][number]['notes'][number];
export type DuplicateResolution = paths['/api/v1/edit/duplicates']['post']['requestBody']['content']['application/json'];
export type LeftItem = ReplaceDone['left'][number];
export type DiscoverAnswer = Answer<paths['/api/v1/discover/']['get']>;
export type SharedDeck = DiscoverAnswer['decks'][number];
export type UpdatePreview = Answer<paths['/api/v1/subscriptions/{deck_id}']['get']>;
export type ChangedNote = UpdatePreview['changed'][number];
export type Suggestion = Answer<paths['/api/v1/suggestions/']['get']>[number];
export type QueuedReport = Answer<paths['/api/v1/moderation/reports']['get']>[number];
export type ReportReason = paths['/api/v1/reports/']['post']['requestBody']['content']['application/json']['reason'];
export type Exam = Answer<paths['/api/v1/exams/{exam_id}']['get']>;
export type ExamPlan = Answer<paths['/api/v1/exams/plan']['post']>;
export type ExamPlanAsked = paths['/api/v1/exams/plan']['post']['requestBody']['content']['application/json'];
export type CramCard = Answer<paths['/api/v1/study/cram']['get']>['cards'][number];
export type DatabaseState = Answer<paths['/api/v1/admin/database']['get']>;
export type Login = Answer<paths['/api/v1/auth/logins']['get']>[number];
export type ApiToken = Answer<paths['/api/v1/auth/tokens']['get']>[number];
export type Passkey = Answer<paths['/api/v1/auth/passkeys']['get']>[number];
export type Account = Answer<paths['/api/v1/admin/users']['get']>[number];
export type Scope = ApiToken['scopes'][number];
