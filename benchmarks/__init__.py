"""What the deploy costs, beside a tuned Ansible playbook and the floor: ``make bench``."""
