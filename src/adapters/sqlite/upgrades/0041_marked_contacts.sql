create index csv_contacts_marked on csv_contacts (csv_file_id, phone_number) where do_not_call <> 0;
