using { interdict } from '../db/schema';

@path: '/beta/security'
service Security {
  entity securityActions as projection on interdict.SecurityActions;
}
