namespace interdict;

type Status : String(16) enum { NotStarted; Running; Completed; Failed; }

type KeyValuePair {
  name  : String(256);
  value : String;
}

type StateEntry {
  appId           : String(256);
  status          : Status;
  updatedDateTime : Timestamp;
  user            : String(256);
}

// Map keeps errorInfo and vendorInformation objects on the wire; a structured type would be flattened into
// errorInfo_code and so on. The two defaults stand for what Interdict takes from the token.
entity SecurityActions {
  key id                : UUID;
      actionReason      : String(4096);
      appId             : String(256) default '00000000-0000-4000-8000-0000000000be';
      azureTenantId     : String(256) default '00000000-0000-4000-8000-0000000000aa';
      clientContext     : String(256);
      completedDateTime : Timestamp;
      createdDateTime   : Timestamp @cds.on.insert: $now;
      errorInfo         : Map;
      lastActionDateTime: Timestamp @cds.on.insert: $now  @cds.on.update: $now;
      name              : String(256);
      parameters        : many KeyValuePair;
      states            : many StateEntry;
      status            : Status default 'NotStarted' @assert.range;
      user              : String(256);
      vendorInformation : Map;
}
