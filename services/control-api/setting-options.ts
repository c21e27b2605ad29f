/** The options of the Settings Centre: by the names that people know, found by their words (row 8 of the mission). */
import type { Setting } from '#contracts';

/** The settings that have a place there. */
type OptionName = 'enabled' | 'accountManagers' | 'accountManagersOvernight' | 'addresses';

/** An option as it is offered. */
export interface SettingOption {
  /** Name in `PUT …/settings`. */
  readonly setting: OptionName;
  /** What people call it. */
  readonly title: string;
  /** What it does, one sentence. */
  readonly description: string;
}

/** An option and how it is set. */
export interface SettingOptionView extends SettingOption {
  readonly value: boolean;
}

/** Every option, in the order in which they are shown. */
const OPTIONS: readonly SettingOption[] = [
  {
    setting: 'enabled',
    title: 'Enable Syncing between the CRM and your ERP system',
    description: 'Companies and contacts are kept the same in both systems; off, nothing is written to either.',
  },
  {
    setting: 'accountManagers',
    title: 'Enable the syncing of Account Managers',
    description: 'The account manager of a company and its sales person are kept the same.',
  },
  {
    setting: 'accountManagersOvernight',
    title: 'Fix incorrect Account Managers overnight',
    description: 'Every night the account manager of each company is set to its sales person.',
  },
  {
    setting: 'addresses',
    title: 'Enable Syncing of Company Addresses between the CRM and your ERP system',
    description: 'The main address of a company and the default address of its customer are kept the same.',
  },
];

/** All of them are part of one thing, under whose name each is found. */
const TOPIC = 'two way sync';

/** Options in which every word of a search occurs: in the title, the description or the name of the whole. All for none. */
export function findOptions(search: string, setting: Setting): SettingOptionView[] {
  const words = plain(search).split(' ');
  return OPTIONS.filter(({ title, description }) => {
    const text = plain(`${TOPIC} ${title} ${description}`);
    return words.every((word) => text.includes(word));
  }).map((option) => ({ ...option, value: setting[option.setting] }));
}

/** Lower case, one blank between words: two-way and Two Way are the same. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
