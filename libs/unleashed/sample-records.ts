/** Records as the API shows them, for tests: every key of a customer and a contact, the unsendable ones included. */
import type { JsonRecord } from '#runtime';

/** GUID of the customer that `sampleCustomer` gives. */
export const SAMPLE_CUSTOMER_GUID = '6f1b6d0e-9d1c-4b43-8f68-0d0b3f1f2a3b';
/** GUID of the contact that `sampleContact` gives. */
export const SAMPLE_CONTACT_GUID = '0b5a7f5e-57a2-4a0f-8f3a-6f4a5b0d9c11';

/** An address; `changes` replace or add keys. */
export function sampleAddress(changes: JsonRecord = {}): JsonRecord {
  return {
    Guid: 'a0000000-0000-4000-8000-000000000001',
    AddressType: 'Physical',
    AddressName: 'Head office',
    StreetAddress: '1 Long Road',
    StreetAddress2: null,
    Suburb: 'Ponsonby',
    City: 'Auckland',
    Region: '',
    Country: 'New Zealand',
    PostalCode: '1011',
    IsDefault: true,
    DeliveryInstruction: null,
    ...changes,
  };
}

/** A customer as a GET shows it; `changes` replace or add keys. */
export function sampleCustomer(changes: JsonRecord = {}): JsonRecord {
  return {
    Guid: SAMPLE_CUSTOMER_GUID.toUpperCase(),
    CustomerCode: 'ACME',
    CustomerName: 'Acme Limited',
    CustomerType: 'Retail',
    CustomerTypeGuid: null,
    ContactFirstName: 'Ann',
    ContactLastName: 'Smith',
    Email: 'ann@acme.example',
    EmailCC: null,
    PhoneNumber: '09 123 4567',
    MobileNumber: null,
    FaxNumber: null,
    DDINumber: null,
    TollFreeNumber: null,
    Website: 'https://acme.example',
    BankName: 'Bank',
    BankBranch: null,
    BankAccount: null,
    GSTVATNumber: '123',
    EORINumber: null,
    Notes: 'Line 1\r\nLine 2',
    Taxable: true,
    TaxCode: 'G.S.T.',
    TaxRate: 0.15,
    DiscountRate: 0.1,
    PaymentTerm: '20th',
    SellPriceTier: 'Tier 1',
    SellPriceTierReference: { Guid: 'b0000000-0000-4000-8000-000000000001', Tier: '1' },
    SalesPerson: {
      Guid: 'C0000000-0000-4000-8000-000000000001',
      Email: 'sam@seller.example',
      FullName: 'Sam Seller',
      Obsolete: false,
      LastModifiedOn: '/Date(1700000000000)/',
    },
    SalesOrderGroup: null,
    DeliveryMethod: 'Truck',
    DeliveryInstruction: null,
    DefaultWarehouse: { Guid: 'd0000000-0000-4000-8000-000000000001', WarehouseCode: 'W1', WarehouseName: 'Main' },
    Currency: {
      Guid: 'e0000000-0000-4000-8000-000000000001',
      CurrencyCode: 'NZD',
      Description: 'New Zealand dollar',
      LastModifiedOn: '/Date(1600000000000)/',
      DefaultBuyRate: 1,
    },
    CurrencyId: 7,
    HasCreditLimit: true,
    CreditLimit: 1000.5,
    PrintInvoice: false,
    PrintPackingSlipInsteadOfInvoice: false,
    StopCredit: false,
    Obsolete: false,
    XeroSalesAccount: null,
    XeroCostOfGoodsAccount: null,
    XeroContactId: 'f0000000-0000-4000-8000-000000000001',
    SourceId: null,
    Reminder: 'Call',
    Contacts: [sampleContact()],
    Addresses: [sampleAddress(), sampleAddress({ AddressType: 'Postal', StreetAddress: 'PO Box 1', IsDefault: false })],
    CreatedOn: '/Date(1500000000000)/',
    CreatedBy: 'Shopify',
    LastModifiedOn: '/Date(1772360430123)/',
    LastModifiedBy: 'ann@acme.example',
    ...changes,
  };
}

/** A contact as a GET shows it; `changes` replace or add keys. */
export function sampleContact(changes: JsonRecord = {}): JsonRecord {
  return {
    Guid: SAMPLE_CONTACT_GUID,
    FirstName: 'Ann',
    LastName: 'Smith',
    EmailAddress: 'ann@acme.example',
    OfficePhone: '09 999 0000',
    MobilePhone: '021 1',
    PhoneNumber: '09 1',
    FaxNumber: null,
    DDINumber: null,
    TollFreeNumber: null,
    Website: null,
    Notes: 'Likes tea',
    DeliveryAddress: null,
    IsDefault: true,
    ForOrdering: true,
    ForInvoicing: false,
    ForShipping: false,
    ...changes,
  };
}
