import type { ReportReason } from '../api/types.ts';
import { msg } from '../languages/t.ts';

/** What can be wrong with a shared deck, as whoever reports it chooses it and whoever moderates reads it. */
export const REPORT_REASONS: readonly (readonly [ReportReason, string])[] = [
  ['incorrect_information', msg('It is wrong')],
  ['copyright_violation', msg('It breaks a copyright')],
  ['inappropriate_content', msg('It does not belong here')],
  ['harassment', msg('It harasses somebody')],
  ['spam', msg('It is spam')],
  ['other', msg('Something else')],
];
