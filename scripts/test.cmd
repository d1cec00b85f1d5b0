@echo off
rem test.cmd - builds, then runs the test programs and scripts on Windows itself; the last line is the sum.
rem Run it from an elevated prompt: the two DLLs are registered for the machine while the tests run.
setlocal
cd /d "%~dp0.."
call scripts\build.cmd
if errorlevel 1 exit /b 1

set "results=build\test.log"
set "output=build\part.log"
type nul > "%results%"

"%SystemRoot%\System32\regsvr32.exe" /s build\bin\sbxcom.dll
if errorlevel 1 call :line "FAIL build/bin/sbxcom.dll registers"
"%SystemRoot%\SysWOW64\regsvr32.exe" /s build\bin\x86\sbxcom.dll
if errorlevel 1 call :line "FAIL build/bin/x86/sbxcom.dll registers"

rem Script hosts cannot include a file: each script runs as a copy with its prelude in front (tests\clients\run.sh).
set "SBX_TEST_SECRET=hunter2"
set "SBX_TEST_PLAIN=visible"
if not exist build\tests\clients mkdir build\tests\clients
for %%p in (build\tests\*.exe) do if /i not %%~np==bench call :program "%%~np" "%%p"
for %%s in (tests\clients\*.vbs tests\clients\*.js) do if /i not %%~ns==prelude (
    copy /b /y "tests\clients\prelude%%~xs" + "%%s" "build\tests\clients\%%~nxs" > nul
    call :script "%%~nxs" "%SystemRoot%\System32\cscript.exe" //nologo "build\tests\clients\%%~nxs"
    call :script "%%~nxs, 32 bits" "%SystemRoot%\SysWOW64\cscript.exe" //nologo "build\tests\clients\%%~nxs"
)
for %%s in (tests\clients\*.ps1) do (
    call :script "%%~nxs" powershell.exe -NoProfile -ExecutionPolicy Bypass -File "%%s"
)

"%SystemRoot%\SysWOW64\regsvr32.exe" /s /u build\bin\x86\sbxcom.dll
"%SystemRoot%\System32\regsvr32.exe" /s /u build\bin\sbxcom.dll

set /a passed=0, failed=0, skipped=0
for /f "usebackq" %%w in ("%results%") do (
    if "%%w"=="PASS" set /a passed+=1
    if "%%w"=="FAIL" set /a failed+=1
    if "%%w"=="SKIP" set /a skipped+=1
)
echo.
echo %passed% passed, %failed% failed, %skipped% skipped
if not "%failed%"=="0" exit /b 1
exit /b 0

rem :program NAME FILE - its exit code says failure without a FAIL line only where it died.
:program
"%~2" > "%output%" 2>&1
set "code=%errorlevel%"
call :show
findstr /b /c:"FAIL " "%output%" > nul
if not "%code%"=="0" if errorlevel 1 call :line "FAIL %~1: it died, exit code %code%"
exit /b 0

rem :script NAME HOST OPTIONS FILE - a script that got to its end printed DONE and exits with 7.
:script
%2 %3 %4 %5 %6 %7 > "%output%" 2>&1
set "code=%errorlevel%"
call :show
findstr /b /c:"DONE " "%output%" > nul
if errorlevel 1 set "code=no last line, %code%"
if not "%code%"=="7" call :line "FAIL %~1: it did not get to its end, exit code %code%"
exit /b 0

:show
type "%output%"
type "%output%" >> "%results%"
exit /b 0

:line
echo %~1
echo %~1 >> "%results%"
exit /b 0
