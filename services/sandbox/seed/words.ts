/** Names, places and people that the made-up companies are built from. None is meant to be a real company or person. */

/** What one country contributes. */
export type Region = {
  readonly country: string;
  readonly countryCode: string;
  readonly currency: string;
  readonly domain: string;
  /** Towns with region and a postal code. */
  readonly towns: readonly (readonly [town: string, region: string, postcode: string])[];
  readonly streets: readonly string[];
  /** Phone number from up to eight digits. */
  readonly phone: (digits: string) => string;
  /** The same number as other people write it. */
  readonly otherPhone: (digits: string) => string;
  readonly mobile: (digits: string) => string;
};

/** Regions by country code. */
export const regions: Readonly<Record<'NZ' | 'GB' | 'AU', Region>> = {
  NZ: {
    country: 'New Zealand',
    countryCode: 'NZ',
    currency: 'NZD',
    domain: 'co.nz',
    towns: [
      ['Auckland', 'Auckland', '1010'],
      ['Wellington', 'Wellington', '6011'],
      ['Tauranga', 'Bay of Plenty', '3110'],
      ['Christchurch', 'Canterbury', '8011'],
      ['Nelson', 'Nelson', '7010'],
      ['Whangārei', 'Northland', '0110'],
    ],
    streets: ['Queen Street', 'Karangahape Road', 'Tamaki Drive', 'Lambton Quay', 'The Strand', 'Halifax Street'],
    phone: (d) => `+64 9 ${d.slice(0, 3)} ${d.slice(3, 7)}`,
    otherPhone: (d) => `09-${d.slice(0, 3)} ${d.slice(3, 7)}`,
    mobile: (d) => `+64 21 ${d.slice(0, 3)} ${d.slice(3, 6)}`,
  },
  GB: {
    country: 'United Kingdom',
    countryCode: 'GB',
    currency: 'GBP',
    domain: 'co.uk',
    towns: [
      ['Sheffield', 'South Yorkshire', 'S1 2HE'],
      ['Leeds', 'West Yorkshire', 'LS1 4AP'],
      ['Bristol', 'Avon', 'BS1 5TR'],
      ['York', 'North Yorkshire', 'YO1 7HH'],
      ['Carlisle', 'Cumbria', 'CA3 8JR'],
      ["King's Lynn", 'Norfolk', 'PE30 1EX'],
    ],
    streets: ['High Street', 'Mill Lane', 'Station Road', 'Foundry Yard', "St Mary's Gate", 'Victoria Works'],
    phone: (d) => `+44 114 ${d.slice(0, 3)} ${d.slice(3, 7)}`,
    otherPhone: (d) => `(0114) ${d.slice(0, 7)}`,
    mobile: (d) => `+44 7700 ${d.slice(0, 6)}`,
  },
  AU: {
    country: 'Australia',
    countryCode: 'AU',
    currency: 'AUD',
    domain: 'com.au',
    towns: [
      ['Sydney', 'NSW', '2000'],
      ['Katoomba', 'NSW', '2780'],
      ['Jindabyne', 'NSW', '2627'],
      ['Melbourne', 'VIC', '3000'],
      ['Bright', 'VIC', '3741'],
      ['Hobart', 'TAS', '7000'],
    ],
    streets: [
      'George Street',
      'Bathurst Road',
      'Kosciuszko Road',
      'Lygon Street',
      'Great Alpine Road',
      'Elizabeth Street',
    ],
    phone: (d) => `+61 2 ${d.slice(0, 4)} ${d.slice(4, 8)}`,
    otherPhone: (d) => `02 ${d.slice(0, 4)}-${d.slice(4, 8)}`,
    mobile: (d) => `+61 4${d.slice(0, 2)} ${d.slice(2, 5)} ${d.slice(5, 8)}`,
  },
};

/** First words of company names. */
export const firstWords = [
  'Kauri',
  'Pōhutukawa',
  'Blue Anchor',
  'Old Mill',
  'Silver Fern',
  'Red Barn',
  'Stonebridge',
  'Sunny Side',
  'Copper Kettle',
  'Northgate',
  'Riverside',
  'Lakeland',
  'Greenfield',
  'Highland',
  'Seven Oaks',
  'Whitestone',
  'Harvest',
  'Morning Star',
  'Black Swan',
  'Golden Bay',
  'Ironwood',
  'Foxglove',
  'Clearwater',
  'Eastcliff',
  'Summit',
  'Wildflower',
  'Crown',
  'Beacon',
  'Marigold',
  'Tussock',
  'Granite',
  'Willow',
] as const;

/** Last words of company names by trade. */
export const trades = {
  food: ['Foods', 'Deli', 'Provisions', 'Café', 'Bakery', 'Fine Foods', 'Grocers', 'Kitchen'],
  tools: [
    'Tools',
    'Hardware',
    'Engineering',
    'Fasteners',
    'Machine Shop',
    'Trade Supplies',
    'Ironmongers',
    'Fabrication',
  ],
  cycles: ['Cycles', 'Bike Co', 'Outdoor', 'Mountain Sports', 'Velo', 'Adventure', 'Wheels', 'Cycle Works'],
} as const;

/** Endings of company names. */
export const legalForms = ['Ltd', 'Limited', 'Pty Ltd', 'Group', '& Sons', '& Co', 'LLP', ''] as const;

/** Names with letters that systems trip over: macrons, umlauts, Cyrillic, Chinese, right to left, emoji, apostrophes. */
export const awkwardNames = [
  'Ōtāhuhu Kai Ltd',
  'Müller & Søn GmbH',
  'Żółw i Spółka',
  '北京茶行 Trading',
  'Кафе Звезда',
  'مخبز الشرق',
  "O'Brien & D'Arcy",
  'Café Ångström ☕',
] as const;

/** Given names. */
export const givenNames = [
  'Aroha',
  'Ben',
  'Chloe',
  'Daniel',
  'Emma',
  'Finn',
  'Grace',
  'Hēmi',
  'Isla',
  'Jack',
  'Kiri',
  'Liam',
  'Mia',
  'Noah',
  'Olivia',
  'Priya',
  'Quentin',
  'Ruby',
  'Sione',
  'Tess',
  'Uma',
  'Victor',
  'Wei',
  'Xavier',
  'Yasmin',
  'Zoë',
] as const;

/** Family names. */
export const familyNames = [
  'Anderson',
  'Brown',
  'Clarke',
  'Davies',
  'Evans',
  'Fraser',
  'García',
  'Harris',
  'Ihaka',
  'Jones',
  'Kaur',
  'Li',
  'Martin',
  'Ngata',
  "O'Connor",
  'Patel',
  'Quinn',
  'Roberts',
  'Smith',
  'Taylor',
  'Underwood',
  'Venter',
  'Williams',
  'Xu',
  'Young',
  'Zhang',
  'Łukasz',
  'Nguyễn',
] as const;

/** Roles that a CRM contact may have. */
export const roles: readonly (readonly [code: string, description: string])[] = [
  ['MAIN', 'Main contact'],
  ['BUYER', 'Buyer'],
  ['ACCTS', 'Accounts'],
  ['WHSE', 'Warehouse'],
];

/** Job titles. */
export const jobTitles = ['Owner', 'Buyer', 'Accounts', 'Warehouse Manager', 'Director', null] as const;
