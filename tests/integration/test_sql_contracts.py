import pytest
from contracts.modules import *
from contracts.module_reader import *
from contracts.users import *
from contracts.user_reader import *
from contracts.questions import *
